"""How far a batch of curves is from being discrete geodesics, in one number per curve."""

import math

import torch
from torch import Tensor

from pullback.metrics.base import Metric
from pullback.numerics.block_tridiagonal import solve_block_tridiagonal
from pullback.solvers.energies import QuadraticModel, accumulation, energy_model


def stationarity(metric: Metric, curves: Tensor) -> Tensor:
    """Measure the Gauss-Newton decrement sqrt(g . H^{-1} g / 2E) of curves (P, n + 1, d), n >= 2: (P,).

    Returns:
        The residual, NaN where it is not defined.
    """
    model = energy_model(metric, curves)
    delta, definite = solve_block_tridiagonal(
        regularised(model.diagonal, torch.zeros_like(model.energy), accumulation(metric, curves)),
        model.upper,
        -model.gradient,
    )
    residual = torch.where(definite, decrement(model, delta)[0], torch.nan)
    return residual.to(curves)


def decrement(model: QuadraticModel, delta: Tensor) -> tuple[Tensor, Tensor]:
    """The residual that belongs to the step delta (P, n - 1, d), and -g . delta: both (P,)."""
    slope = (-(delta * model.gradient).sum((1, 2))).clamp(min=0)
    return torch.where(model.energy > 0, (slope / (2 * model.energy)).sqrt(), 0 * slope), slope


def energy_rounding(energy: Tensor, dtype: torch.dtype) -> Tensor:
    """Bound what rounding may do to an energy that is summed in `dtype`: below it a rise is none.

    Summed in pairs, N squares are wrong by up to log2(N) / 2 eps of the sum: 8 eps for the 2^16 differences
    of pixels on some 48 segments.
    """
    return 8 * torch.finfo(dtype).eps * energy


def regularised(diagonal: Tensor, damping: Tensor, dtype: torch.dtype) -> Tensor:
    """Damp the diagonal blocks, and lift them by the rounding level of `dtype` for latents that are dead.

    The damping is in units of the lowest eigenvalue of a flat curve, (pi / n)^2 of a block: damping of one
    halves the step of the smoothest mode whatever n is. The lift is twice the rounding of an energy: once
    for the blocks, which are sums of as many products, once for their factorisation.
    """
    ridge = 16 * torch.finfo(dtype).eps
    lift = ridge * diagonal.diagonal(dim1=-2, dim2=-1).mean((-1, -2)) + torch.finfo(diagonal.dtype).tiny
    share = damping * (math.pi / (diagonal.shape[1] + 1)) ** 2 / 2
    blocks = diagonal * (1 + share)[:, None, None, None]
    blocks.diagonal(dim1=-2, dim2=-1).add_(lift[:, None, None])
    return blocks


def rounding_floor(metric: Metric, curves: Tensor) -> Tensor:
    r"""The rounding level of the residual times the length: eps n^{3/2} |f|, (P,).

    White noise of size eps |f| in the values of f meets H^{-1}, whose largest eigenvalue grows with n.
    """
    scale = torch.finfo(curves.dtype).eps * curves.shape[1] ** 1.5
    if metric.has_features:
        return scale * metric.features(curves[:, [0, -1]]).norm(dim=-1).amax(-1)
    ends, step = curves[:, [0, -1]].norm(dim=-1).amax(-1), curves[:, -1] - curves[:, 0]
    stretch = metric.norm(curves[:, 0], step) / step.norm(dim=-1).clamp(min=torch.finfo(step.dtype).tiny)
    return scale * ends * stretch
