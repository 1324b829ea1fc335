"""Build the environments that hold the peers: .venv-bench, with PyTorch, and .venv-oracle, without.

Each is built when the files that pin it have changed. One that cannot be built is reported: benchmarks and
tests that need it then say that they skipped it.
"""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# PyTorch goes first, so that the build of it that pip is set up for is settled before anything asks for it.
STEPS = {
    ".venv-bench": [
        ["-c", "constraints.txt", "-r", "benchmarks/requirements.txt"],
        ["-c", "constraints.txt", "-e", "."],
        ["--no-deps", "-r", "benchmarks/requirements-peers.txt"],
    ],
    ".venv-oracle": [["-r", "benchmarks/requirements-oracle.txt"]],
}


def pins(steps: list[list[str]]) -> str:
    """Fingerprint the steps and the files that they name."""
    digest = hashlib.sha256(repr((steps, sys.version_info[:2])).encode())
    named = {word for step in steps for word in step if word.endswith(".txt")}
    for word in sorted(named | {"pyproject.toml"}):
        digest.update((ROOT / word).read_bytes())
    return digest.hexdigest()


def build(name: str) -> bool:
    """Make an environment afresh unless its stamp says that it is up to date."""
    folder, want = ROOT / name, pins(STEPS[name])
    stamp = folder / ".stamp"
    if stamp.exists() and stamp.read_text() == want:
        return True
    print(f"making {name}", flush=True)
    venv.create(folder, clear=True, with_pip=True)
    for step in STEPS[name]:
        command = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", *step]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            print(f"{name}: not built, {' '.join(step)} failed", file=sys.stderr)
            return False
    stamp.write_text(want)
    return True


def main() -> int:
    wanted = sys.argv[1:] or list(STEPS)
    built = {name: build(name) for name in wanted}
    # Without the oracle the benchmarks run all the same, without the peers they do not.
    return int(not built.get(".venv-bench", all(built.values())))


if __name__ == "__main__":
    sys.exit(main())
