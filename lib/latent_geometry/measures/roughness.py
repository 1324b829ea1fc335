"""How much does a field on the latent plane change from one cell of a grid to the next?"""

import torch
from torch import Tensor

from latent_geometry.geometry.linear_algebra import cholesky


def roughness(field: Tensor) -> float:
    r"""Average the absolute difference of neighbours on a grid (`eq-roughness`).

    $$r(\varphi) = \operatorname{mean}_{i \sim j} \lvert \varphi_i - \varphi_j \rvert$$

    Neighbours share a side. It depends on the grid: twice as many cells to a side, half the roughness of a
    smooth field. A comparison needs equally many cells over comparable boxes.

    Args:
        field: (n, m) values, n and m of 2 or more.

    Raises:
        ValueError: for anything that is no such grid.
    """
    _check_grid("field", field, 2)
    return torch.cat([field.diff(dim=axis).abs().flatten() for axis in (0, 1)]).mean().item()


def metric_lipschitz(G: Tensor, x: Tensor, y: Tensor) -> float:
    r"""Bound the Lipschitz constant of the logarithm of a metric from below (`eq-metric-lipschitz`).

    $$\mathrm{Lip}(\log G) \ge \max_{i \sim j} \frac{\lVert \log G_i^{-1/2} G_j G_i^{-1/2} \rVert_F}
    {\lVert z_i - z_j \rVert}$$

    The numerator is the affine invariant distance of two metrics, which does not depend on the coordinates
    of Z and ignores a common scale. A reader may take it so: over a step h, lengths change at most by the
    factor exp(Lip h / 2).

    Args:
        G: (n, m, d, d) metrics at the points (x_j, y_i) of a grid, n and m of 2 or more.
        x: (m,) abscissae.
        y: (n,) ordinates.

    Raises:
        ValueError: for another shape, and for a singular metric.
    """
    _check_grid("G", G, 4)
    if (len(y), len(x)) != G.shape[:2]:
        raise ValueError(f"x: got {len(x)} and {len(y)} of y, expected {G.shape[1]} and {G.shape[0]}")
    rates = []
    for axis, ticks in enumerate((y, x)):
        n = G.shape[axis]
        change = affine_invariant_distance(G.narrow(axis, 0, n - 1), G.narrow(axis, 1, n - 1))
        step = ticks.diff().abs()
        rates.append(change / (step[:, None] if axis == 0 else step))
    return max(rate.max().item() for rate in rates)


def affine_invariant_distance(A: Tensor, B: Tensor) -> Tensor:
    r"""Measure $\lVert \log A^{-1/2} B A^{-1/2} \rVert_F$ of positive definite matrices (*batch, d, d).

    Args:
        A: (*batch, d, d).
        B: (*batch, d, d).

    Returns:
        (*batch,), the same for A and B in any other basis.

    Raises:
        ValueError: for a matrix that is not positive definite.
    """
    L = cholesky(A)
    left = torch.linalg.solve_triangular(L, B, upper=False)
    middle = torch.linalg.solve_triangular(L, left.mT, upper=False)
    return torch.linalg.eigvalsh((middle + middle.mT) / 2).log().norm(dim=-1)


def _check_grid(name: str, values: Tensor, ndim: int) -> None:
    if values.ndim != ndim or min(values.shape[:2]) < 2:
        extra = ", d, d" if ndim == 4 else ""
        raise ValueError(
            f"{name}: got shape {tuple(values.shape)}, expected (n, m{extra}) with n and m of 2 or more"
        )
