"""Tables of numbers on the pages: one way to write a row, a header and the digits of a column."""

from collections.abc import Iterable, Sequence
from typing import Any

from tabulate import tabulate


def table(header: str, rows: Iterable[Sequence[Any]]) -> str:
    """Make an HTML table, which Jupyter and the book show as one.

    Args:
        header: the titles between bars, each with the format of its numbers behind a double colon if it
            needs one: `"d | saving, % :: .2f"`.
        rows: one sequence of values per row; text is taken as it is.

    Returns:
        HTML that displays itself.

    Raises:
        ValueError: when a row has another number of cells than the header.
    """
    titles, formats = zip(*(_column(cell) for cell in header.split("|")), strict=True)
    cells = []
    for row in rows:
        if len(row) != len(titles):
            raise ValueError(f"rows: got one of {len(row)} cells, expected {len(titles)} as the header has")
        cells.append([v if isinstance(v, str) else f"{v:{f}}" for v, f in zip(row, formats, strict=True)])
    return tabulate(cells, titles, tablefmt="html", disable_numparse=True)


def _column(cell: str) -> tuple[str, str]:
    title, _, spec = cell.partition("::")
    return title.strip(), spec.strip()
