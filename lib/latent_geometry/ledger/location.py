"""Where the ledger's files are, and what a misspelt name may mean."""

from difflib import get_close_matches
from pathlib import Path

from latent_geometry import paths

CLAIMS = Path("book") / "claims.yml"


def source_root(root: str | Path | None = None) -> Path:
    """Find the folder that holds `book/claims.yml`, `book/recorded/` and `workflow/profiles.yml`.

    It is the argument, else `paths.root()`. Where LATENT_GEOMETRY_HOME sends results to a folder without
    claims, it is the checkout that this package was installed from.

    Args:
        root: a folder to use as it is.

    Raises:
        ValueError: when no folder has the claims.
    """
    candidates = [Path(root)] if root else [paths.root(), Path(__file__).resolve().parents[3]]
    for folder in candidates:
        if (folder / CLAIMS).is_file():
            return folder.resolve()
    raise ValueError(f"root: got {candidates[0]}, which has no {CLAIMS}, expected the project's root")


def results_root(root: str | Path | None = None) -> Path:
    """Find the folder `results/`: that of the argument, else that of `paths`."""
    return Path(root).resolve() / "results" if root else paths.results()


def hint(seen: str, known: list[str]) -> str:
    """Suggest the known name that is meant perhaps, or list what is known."""
    close = get_close_matches(seen, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return f"expected one of {shown}"
