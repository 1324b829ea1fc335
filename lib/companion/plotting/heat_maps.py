"""Tables as pictures: a colour a cell, and grey where there is nothing. Draws on axes that it is given."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

EMPTY = "#d9dce1"
LEAST, MOST = (236, 240, 246), (23, 63, 107)


def heat_map(
    ax: Any,
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    label: str,
    *,
    limits: tuple[float, float] = (0.0, 1.0),
    diverging: bool = False,
    digits: int | None = None,
) -> None:
    """Colour a table.

    Args:
        ax: matplotlib's axes.
        values: (rows, columns), NaN where there is nothing.
        rows: names of the rows, the first on top.
        columns: names of the columns, written upright.
        label: of the colour bar.
        limits: values at the ends of the colours.
        diverging: whether the middle of the colours is their zero.
        digits: decimals to write into the cells, None for no numbers.
    """
    low, high = limits
    colours = "RdBu_r" if diverging else "cividis"
    ax.set_facecolor(EMPTY)
    mesh = ax.imshow(np.ma.masked_invalid(values), cmap=colours, vmin=low, vmax=high, aspect="auto")
    ax.set_xticks(range(len(columns)), columns, rotation=90)
    ax.set_yticks(range(len(rows)), rows)
    ax.tick_params(length=0)
    ax.grid(visible=False)
    bar = ax.figure.colorbar(mesh, ax=ax, shrink=0.6, pad=0.02)
    bar.set_label(label)
    bar.outline.set_visible(False)
    if digits is not None:
        for (i, j), value in np.ndenumerate(values):
            if np.isfinite(value):
                share = (value - low) / (high - low)
                is_dark = abs(share - 0.5) > 0.32 if diverging else share < 0.6
                ink = "white" if is_dark else "black"
                ax.text(j, i, f"{value:.{digits}f}", ha="center", va="center", fontsize=5.5, color=ink)


def clickable_map(
    name: str,
    shares: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    texts: Sequence[Sequence[str]],
) -> str:
    """Make the HTML of a coloured table whose cells say more when they are pressed.

    It needs no script: a button opens its popover, which the browser closes again. The table lies in a
    disclosure, so that a reader with a keyboard passes it in one step.

    Args:
        name: of the map, for the identifiers of its cells.
        shares: (rows, columns) from 0, pale, to 1, dark; NaN is grey.
        rows: names of the rows.
        columns: names of the columns.
        texts: what each cell says.
    """
    head = "".join(f'<th scope="col"><span>{escape(column)}</span></th>' for column in columns)
    lines = [f"<thead><tr><td></td>{head}</tr></thead><tbody>"]
    for i, row in enumerate(rows):
        cells = []
        for j, column in enumerate(columns):
            key, what = f"{name}-{i}-{j}", f"{row}: {column}"
            button = f'<button type="button" popovertarget="{key}" aria-label="{escape(what)}"'
            button += f' style="background:{_colour(shares[i, j])}"></button>'
            said = f'<div popover id="{key}"><strong>{escape(what)}</strong><br>{escape(texts[i][j])}</div>'
            cells.append(f"<td>{button}{said}</td>")
        lines.append(f'<tr><th scope="row">{escape(row)}</th>{"".join(cells)}</tr>')
    body = "".join(lines)
    region = '<div class="heat-scroll" tabindex="0" role="region" aria-label="Models and measures">'
    table = f'{region}<table class="heat">{body}</tbody></table></div>'
    return f'<details class="heat"><summary>Every cell, to press</summary>{table}</details>'


def _colour(share: float) -> str:
    if not np.isfinite(share):
        return EMPTY
    mixed = [round(low + share * (high - low)) for low, high in zip(LEAST, MOST, strict=True)]
    return "#" + "".join(f"{part:02x}" for part in mixed)


def column_ranks(values: np.ndarray) -> np.ndarray:
    """Replace each column's values by their ranks, 0 for the least to 1 for the largest, NaN as it is.

    Equal values share a rank. A column with one value, or with the same for all, is 0.5 throughout.
    """
    ranks = np.full(values.shape, np.nan)
    for j, column in enumerate(values.T):
        known = np.isfinite(column)
        present = column[known]
        below = (present[None] < present[:, None]).sum(1) + 0.5 * (
            (present[None] == present[:, None]).sum(1) - 1
        )
        ranks[known, j] = below / (known.sum() - 1) if known.sum() > 1 else 0.5
    return ranks
