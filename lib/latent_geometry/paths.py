"""Where the project keeps its files: nothing else in the library names a folder."""

import os
from pathlib import Path

HOME_VARIABLE = "LATENT_GEOMETRY_HOME"


def root() -> Path:
    """Find the folder that holds `checkpoints/`, `results/` and the cache; it need not exist yet.

    The environment variable `LATENT_GEOMETRY_HOME` decides if it is set. Otherwise it is the checkout that
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
