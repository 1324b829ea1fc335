"""Where the project keeps its files: nothing else in the library names a folder."""

import os
from pathlib import Path

HOME_VARIABLE = "COMPANION_HOME"
CLAIMS = Path("book") / "claims.yml"


def root() -> Path:
    """Find the folder that holds `checkpoints/`, `results/` and the cache; it need not exist yet.

    The environment variable `COMPANION_HOME` decides if it is set. Otherwise it is the checkout that
    the package was installed from with `pip install -e .`; a package installed any other way has no checkout,
    and then it is the current folder.

    Returns:
        an absolute path.
    """
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return Path(home).expanduser().resolve()
    checkout = Path(__file__).resolve().parents[2]
    return checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()


def checkpoints() -> Path:
    """Folder of the trained models."""
    return root() / "checkpoints"


def results() -> Path:
    """Folder of what the notebooks' runs leave: results/PROFILE/NOTEBOOK/RUN."""
    return root() / "results"


def data_cache() -> Path:
    """Folder of the downloaded data sets."""
    return root() / ".cache" / "data"


def source_root(given: str | Path | None = None) -> Path:
    """Find the folder that holds `book/claims.yml`, `book/recorded/` and `workflow/profiles.yml`.

    It is the argument, else `root()`. Where COMPANION_HOME sends results to a folder without
    claims, it is the checkout that this package was installed from.

    Args:
        given: a folder to use as it is.

    Raises:
        ValueError: when no folder has the claims.
    """
    candidates = [Path(given)] if given else [root(), Path(__file__).resolve().parents[2]]
    for folder in candidates:
        if (folder / CLAIMS).is_file():
            return folder.resolve()
    raise ValueError(f"root: got {candidates[0]}, which has no {CLAIMS}, expected the project's root")


def results_root(given: str | Path | None = None) -> Path:
    """Find the folder `results/`: that of the argument, else the project's."""
    return Path(given).resolve() / "results" if given else results()


def notebook_names(source: Path) -> tuple[str, ...]:
    """Name the chapters of a project, or of this one where a folder of results has none."""
    folders = (source / "notebooks", Path(__file__).resolve().parents[2] / "notebooks")
    found = (sorted(path.stem for path in folder.glob("[0-9]*.ipynb")) for folder in folders)
    return tuple(next(filter(None, found), ()))
