"""A project in a folder of the reader's, for a panel without a checkout: the files the package carries."""

import shutil
from pathlib import Path

from companion.project_paths import CLAIMS

CARRIED = Path(__file__).resolve().parents[2] / "shipped_project"


def lay_out(folder: str | Path, carried: Path = CARRIED) -> Path:
    """Copy what the package carries into a folder, unless a project is there; runs and results go there.

    Files that are there are never changed: an edited notebook stays as it is.

    Args:
        folder: of the reader's; made if it is not there.
        carried: the files.

    Returns:
        the folder's absolute path.

    Raises:
        ValueError: when the package carries no project, as one that is installed from a checkout.
    """
    folder = Path(folder).expanduser().resolve()
    if (folder / CLAIMS).is_file():
        return folder
    if not (carried / CLAIMS).is_file():
        raise ValueError(
            f"folder: got {folder}, which has no project, and this package carries none to copy there; "
            "leave folder out in a checkout, or install the package from its wheel"
        )
    for path in sorted(path for path in carried.rglob("*") if path.is_file()):
        target = folder / path.relative_to(carried)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copyfile(path, target)
    return folder
