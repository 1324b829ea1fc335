"""What a misspelt name may mean."""

from collections.abc import Iterable
from difflib import get_close_matches

SHOWN = 12


def hint(seen: object, known: Iterable[str]) -> str:
    """Suggest the known name that is meant perhaps, or list what is known, the first dozen of many."""
    known = list(known)
    shown = ", ".join(known[:SHOWN]) + (", ..." if len(known) > SHOWN else "")
    return _meant(seen, known).strip() or f"expected one of {shown}"


def expected_one_of(seen: object, known: Iterable[str]) -> str:
    """Suggest the known name that is meant perhaps, and list all that are known."""
    known = list(known)
    return f"{_meant(seen, known)}expected one of {', '.join(known)}"


def _meant(seen: object, known: list[str]) -> str:
    near = get_close_matches(str(seen), known, n=1)
    return f"did you mean {near[0]!r}? " if near else ""
