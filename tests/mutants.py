"""Break the library on purpose, one small change at a time, and see whether its tests notice.

    python tests/mutants.py                     the standing sample: the same number a module, seed 0
    python tests/mutants.py --each 20 --seed 3  another, larger sample
    python tests/mutants.py --only curvature    one module

A mutant is killed when a test fails, errors or runs out of time. Every survivor must be explained in
mutants_explained.yml, with the reason why no test could tell it from the original; else the exit status is 1.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import yaml
from mutation_operators import Mutant, mutants_of

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LIBRARY = ROOT / "lib" / "pullback"
ROOMS = (
    "metrics",
    "maps",
    "numerics",
    "curvature",
    "curves",
    "solvers",
    "transport",
    "geodesics",
    "statistics",
)


def targets() -> dict[str, list[Path]]:
    """Map each module of the geometry to its own tests, and to those that mutants_targets.yml adds."""
    added = yaml.safe_load((HERE / "mutants_targets.yml").read_text())
    modules = [path.relative_to(LIBRARY) for room in ROOMS for path in sorted((LIBRARY / room).glob("*.py"))]
    found = {}
    for module in modules:
        name = module.with_suffix("").as_posix()
        if not mutants_of(name, (LIBRARY / module).read_text()):
            continue  # a package's `__init__`, or a module that only declares
        own = HERE / "pullback" / module.parent / f"test_{module.name}"
        found[name] = [own, *(HERE / path for path in added.pop(name, []))]
        if missing := [path for path in found[name] if not path.exists()]:
            raise ValueError(f"{name}: got no {missing[0].relative_to(HERE)}, expected its tests")
    if added:
        raise ValueError(
            f"mutants_targets.yml: got module {min(added)!r}, expected one of {', '.join(ROOMS)}"
        )
    return found


def sample(module: str, each: int, seed: int) -> list[Mutant]:
    """Draw mutants of a module, taking turns among the kinds of change, each line at most once."""
    everything = mutants_of(module, (LIBRARY / f"{module}.py").read_text())
    generator = random.Random(f"{seed}:{module}")
    generator.shuffle(everything)
    kinds: dict[str, list[Mutant]] = {}
    for mutant in everything:
        kinds.setdefault(mutant.kind, []).append(mutant)
    chosen, lines = [], set()
    while len(chosen) < each and any(kinds.values()):
        for queue in kinds.values():
            if queue and len(chosen) < each:
                mutant = queue.pop()
                if mutant.line not in lines:
                    chosen.append(mutant)
                    lines.add(mutant.line)
    return sorted(chosen, key=lambda m: m.start)


def keys(mutants: list[Mutant]) -> list[str]:
    """Name mutants by where and what they are; the second of the same name gets "#2"."""
    names = [mutant.key for mutant in mutants]
    return [name if not (n := names[:i].count(name)) else f"{name} #{n + 1}" for i, name in enumerate(names)]


def run_tests(library: Path, tests: list[Path], timeout: float) -> tuple[str, float]:
    """Run the tests against a copy of the library in a forked child, which has PyTorch loaded already."""
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        os.setsid()
        code = 70
        try:
            code = _pytest(library, tests)
        finally:
            os._exit(code)
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            outcome = "survived" if code == 0 else "killed" if code in (1, 2) else f"killed (exit {code})"
            return outcome, time.monotonic() - start
        if time.monotonic() - start > timeout:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "killed (time)", time.monotonic() - start
        time.sleep(0.02)


def _pytest(library: Path, tests: list[Path]) -> int:
    import pytest

    quiet = os.open(os.devnull, os.O_WRONLY)
    if not os.environ.get("MUTANTS_VERBOSE"):
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
    sys.path.insert(0, str(library))
    os.chdir(ROOT)
    import pullback

    if not Path(pullback.__file__).is_relative_to(library):
        return 70
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0"]
    return int(pytest.main([*options, *map(str, tests)]))


def preload() -> None:
    """Load what every child needs, but nothing of the library under test."""
    import numpy  # noqa: F401
    import pyriemann  # noqa: F401
    import pytest  # noqa: F401
    import scipy.integrate
    import scipy.sparse.csgraph  # noqa: F401
    import torch

    torch.set_num_threads(1)
    # A mutant has the size and the second of the last one: cached byte code would pass for it.
    sys.dont_write_bytecode = True


def check(module: str, mutants: list[Mutant], tests: list[Path], scratch: Path) -> list[dict]:
    """Run the tests of a module on the unchanged copy, then on each mutant."""
    target = scratch / "pullback" / f"{module}.py"
    source = target.read_text()
    outcome, seconds = run_tests(scratch, tests, 600)
    rows = []
    if outcome != "survived":
        print(f"{module}: its tests fail without any mutant ({outcome}), nothing was measured", flush=True)
        mutants = []
    for key, mutant in zip(keys(mutants), mutants):
        target.write_text(mutant.apply(source))
        outcome, spent = run_tests(scratch, tests, 30 + 4 * seconds)
        target.write_text(source)
        row = {"file": f"{module}.py"} | mutant._asdict() | {"key": key, "outcome": outcome}
        rows.append(row | {"seconds": round(spent, 1)})
        print(
            f"{outcome:14} {spent:5.1f} s  {module}.py:{mutant.line}  {mutant.before!r} -> {mutant.after!r}",
            flush=True,
        )
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=2, help="mutants a module")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", help="modules, as solvers/energies")
    parser.add_argument("--list", action="store_true", help="list the mutants and stop")
    parser.add_argument("--out", type=Path, help="result file; --only replaces its modules in it")
    options = parser.parse_args()
    explained = yaml.safe_load((HERE / "mutants_explained.yml").read_text()) or {}
    wanted = {m: t for m, t in targets().items() if not options.only or m in options.only}
    drawn = {module: sample(module, options.each, options.seed) for module in wanted}
    if options.list:
        print("\n".join(key for mutants in drawn.values() for key in keys(mutants)))
        return 0
    preload()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / "lib"
        shutil.copytree(
            ROOT / "lib", scratch, ignore=shutil.ignore_patterns("data", "__pycache__", "*.egg-info")
        )
        found = {m: check(m, drawn[m], tests, scratch) for m, tests in wanted.items()}
    rows = [row for module_rows in found.values() for row in module_rows]
    broken = [module for module, module_rows in found.items() if drawn[module] and not module_rows]
    if options.out and options.only and options.out.exists():
        again = {row["file"] for row in rows}
        rows = [row for row in json.loads(options.out.read_text())["rows"] if row["file"] not in again] + rows
    for row in rows:
        if row["outcome"] == "survived":
            row["explained"] = explained.get(row["key"])
    return report(rows, options) or int(bool(broken))


def report(rows: list[dict], options: argparse.Namespace) -> int:
    """Print the share killed and every survivor; write the result; 1 when a survivor has no explanation."""
    survivors = [row for row in rows if row["outcome"] == "survived"]
    open_ = [row for row in survivors if not row["explained"]]
    killed = len(rows) - len(survivors)
    explained = len(survivors) - len(open_)
    print(f"\n{killed} of {len(rows)} mutants killed, {explained} survivors explained, {len(open_)} open")
    for row in survivors:
        print(f"survived: {row['key']}\n  line {row['line']}: {row['explained'] or 'NOT EXPLAINED'}")
    if options.out:
        counts = {"mutants": len(rows), "killed": killed, "explained": explained, "open": len(open_)}
        result = {"seed": options.seed, "each": options.each, **counts, "rows": rows}
        options.out.write_text(json.dumps(result, indent=1) + "\n")
    return int(bool(open_))


if __name__ == "__main__":
    sys.exit(main())
