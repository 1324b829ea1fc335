"""Tables as pictures: a colour a cell, and grey where there is nothing. Draws on axes that it is given."""

from collections.abc import Sequence
from typing import Any

import numpy as np

EMPTY = "#d9dce1"


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
