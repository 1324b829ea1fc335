"""Lengths of the edges of a graph, by a rule that is refined where a metric changes within an edge."""

from collections.abc import Callable

import numpy as np

# Intervals of an edge: at first, so that every edge of a grid has points no further apart than a cell, and
# at most, where they are a fifth of a cell apart on the longest edges.
FIRST = 4
LAST = 16

Speeds = Callable[[np.ndarray, np.ndarray, int], np.ndarray]
"""Edges (e,), places (k,) and r to the speeds (e, k) at k / r of the way along each edge in unit time."""


def edge_lengths(
    speeds: Speeds, n_edges: int, *, near: Callable[[np.ndarray], np.ndarray], rtol: float
) -> tuple[np.ndarray, np.ndarray]:
    r"""Integrate the speed along straight edges by Simpson's rule on 4, 8 or 16 intervals.

    $$\ell = \int_0^1 \lVert z' - z \rVert_{G(z + t (z' - z))} \, dt, \qquad
    S_r = \tfrac13 (4 T_r - T_{r/2})$$

    with $T_r$ the trapezoidal rule on r equal intervals. An edge on which $S_r$ and $S_{r/2}$ differ by more
    than `rtol` is refined, and with it all edges near it: what one edge meets, a longer one beside it may
    step over. Where 16 intervals are too few, $T_{16}$ is returned if it moved less than $S_{16}$: it
    weighs all its points alike, and is nearly exact for a peak as wide as its points are apart.

    Args:
        speeds: the integrand. At 4 intervals it is asked for all edges.
        n_edges: number of edges.
        near: edges (e,), whether each is rough, to whether each is near a rough one.
        rtol: bound on the difference, relative to the length.

    Returns:
        lengths and differences (e,), in the unit of the metric.
    """
    rows = np.arange(n_edges)
    trapezoid = speeds(rows, np.array([0, 1]), 1).sum(1) / 2
    simpson, error, moved, r = trapezoid.copy(), np.zeros(n_edges), np.zeros(n_edges), 1
    while r < LAST and len(rows):
        r *= 2
        finer = trapezoid[rows] / 2 + speeds(rows, np.arange(1, r, 2), r).sum(1) / r
        better = (4 * finer - trapezoid[rows]) / 3
        error[rows], moved[rows] = np.abs(better - simpson[rows]), np.abs(finer - trapezoid[rows])
        simpson[rows], trapezoid[rows] = better, finer
        if r >= FIRST:
            rows = rows[near(error > rtol * simpson)[rows]]
    return np.where((error > rtol * simpson) & (moved < error), trapezoid, simpson), error
