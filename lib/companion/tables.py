"""Tables of numbers on the pages: one way to write a row, a header and the digits of a column."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from tabulate import tabulate


class Markup(str):
    """Text of a cell that is HTML already, such as a small drawing."""


def table(header: str, rows: Iterable[Sequence[Any]]) -> str:
    """Make an HTML table, which Jupyter and the book show as one.

    Args:
        header: the titles between bars, each with the format of its numbers behind a double colon if it
            needs one: `"d | saving, % :: .2f"`.
        rows: one sequence of values per row; text is taken as it is, and `Markup` as HTML.

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
        cells.append([_written(value, spec) for value, spec in zip(row, formats, strict=True)])
    return tabulate(cells, [escape(title) for title in titles], tablefmt="unsafehtml", disable_numparse=True)


def _written(value: Any, spec: str) -> str:
    if isinstance(value, Markup):
        return value
    return escape(value if isinstance(value, str) else f"{value:{spec}}")


def _column(cell: str) -> tuple[str, str]:
    title, _, spec = cell.partition("::")
    return title.strip(), spec.strip()
