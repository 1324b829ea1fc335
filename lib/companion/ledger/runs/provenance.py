"""Where a number comes from: versions, device, commit."""

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = dict.fromkeys(("torch", "numpy", "scipy", "pullback")) | {"companion": "pullback-companion"}
DECIDES_RESULTS = ("lib", "notebooks", "workflow", "pyproject.toml", "constraints.txt")
COMMIT_VARIABLE = "COMPANION_COMMIT"


def versions() -> dict[str, str | None]:
    """Versions of Python and of the packages that compute, without importing them."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name, distribution in PACKAGES.items():
        try:
            found[name] = version(distribution or name)
        except PackageNotFoundError:
            found[name] = None
    return found


def device_name(device: str | None) -> str:
    """Name the processor or accelerator behind a parameter `device`; torch is asked only if loaded.

    Args:
        device: `auto`, `cpu`, `cuda`, `cuda:1`, ... or None.
    """
    torch: Any = sys.modules.get("torch")
    wanted = str(device or "auto")
    if torch is not None and wanted != "cpu":
        if wanted.startswith(("auto", "cuda")) and torch.cuda.is_available():
            return torch.cuda.get_device_name(wanted if wanted.startswith("cuda") else 0)
        if wanted.startswith("mps"):
            return "mps"
    return f"cpu ({_processor()})"


def commit(root: Path) -> tuple[str | None, bool | None]:
    """Return the commit of the project and whether what decides results differs from it.

    A copy without its `.git` takes both from COMPANION_COMMIT, as `<hash>` or `<hash>-dirty`.

    Args:
        root: the project's root.

    Returns:
        the hash and the flag, or (None, None) where neither git nor the variable tells.
    """
    if not (root / ".git").exists():
        given = os.environ.get(COMMIT_VARIABLE)
        return (given.removesuffix("-dirty"), given.endswith("-dirty")) if given else (None, None)
    head = _git(root, "rev-parse", "HEAD")
    if head is None:
        return None, None
    paths = [path for path in DECIDES_RESULTS if (root / path).exists()]
    changed = _git(root, "status", "--porcelain", "--", *paths)
    return head, None if changed is None else bool(changed)


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
