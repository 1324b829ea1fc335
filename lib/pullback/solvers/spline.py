"""Cubic splines with few knots: the same energy, minimised over C2 curves."""

import torch
from torch import Tensor

from pullback.curves.discrete_curve import linear_interpolation, resample
from pullback.metrics.base import Metric
from pullback.solvers.energies import QuadraticModel, energy_model
from pullback.solvers.solution import Solution
from pullback.solvers.stationarity import decrement, energy_rounding, regularised

# Marquardt's damping as in `gauss_newton`, grown by 4 and shrunk by 8: a spline has few unknowns, and its
# steps cost little beside the energies. Above this a step moves no knot that single precision can see.
_LARGEST = 1e8
# The first damping is mild: it takes 6 per cent off the step of the smoothest mode (see `regularised`). Below
# a hundredth it takes off less than 1 per cent and counts as none: two good steps are rid of it.
_FIRST, _SMALLEST = 0.06, 1e-2


def solve(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    *,
    n_segments: int,
    tol: float,
    max_steps: int,
    trace: bool = False,
    n_knots: int = 8,
) -> Solution:
    r"""Minimise the discrete energy (`eq-discrete-energy`) over not-a-knot cubic splines with inner knots.

    The nodes are linear in the knots k, c = W k, so that the Gauss-Newton matrix of the knots is W^T H W,
    dense but small. The spline is twice continuously differentiable, unlike a chain of cubics joined at equal
    slopes. The residual is the decrement in the space of splines: it says nothing about the curves that no
    spline describes.

    Args:
        metric: any metric.
        z0: (P, d).
        z1: (P, d).
        n_segments: segments of the curve on which the energy is taken.
        tol: bound on the residual.
        max_steps: steps allowed, rejected ones included.
        trace: keep the energy after every step.
        n_knots: inner knots, at most n_segments - 1. 8 follow a curve of a few bends, and keep the dense
            system at 8 d unknowns.
    """
    if n_knots < 1:
        raise ValueError(f"n_knots: got {n_knots}, expected 1 or more")
    n_knots = min(n_knots, n_segments - 1)
    basis = torch.eye(n_knots + 2, dtype=torch.float64, device=z0.device)
    W = (resample(basis, n_segments) if n_knots < n_segments - 1 else basis)[1:-1, 1:-1]
    curve = linear_interpolation(z0, z1, n_segments)
    model = energy_model(metric, curve)
    damping, steps = torch.zeros_like(model.energy), torch.zeros_like(model.energy, dtype=torch.long)
    energies = [model.energy]
    for step in range(max_steps + 1):
        residual = _direction(model, torch.zeros_like(damping), W)[1]
        delta, _, predicted = _direction(model, damping, W)
        converged = residual <= tol
        active = ~converged & (damping < _LARGEST) & model.energy.isfinite()
        if step == max_steps or not active.any():
            break
        trial = curve.clone()
        trial[:, 1:-1] += delta
        proposal = energy_model(metric, trial)
        rounding = energy_rounding(model.energy, z0.dtype)
        accept = active & (proposal.energy <= model.energy + rounding)
        good = accept & (model.energy - proposal.energy + rounding >= 0.5 * predicted)
        shrunk = torch.where(damping < _SMALLEST, 0, damping / 8)
        damping = torch.where(good, shrunk, torch.where(accept, damping, (4 * damping).clamp(min=_FIRST)))
        steps += active
        curve = torch.where(accept[:, None, None], trial, curve)
        model = QuadraticModel(*(_choose(accept, new, old) for new, old in zip(proposal[:4], model[:4])))
        energies.append(model.energy)
    energies = torch.stack(energies, 1).to(z0) if trace else None
    return Solution(curve, converged, steps, residual.to(z0), model.energy.to(z0), energies)


def _direction(model: QuadraticModel, damping: Tensor, W: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The step of the nodes (P, n - 1, d), the residual and the predicted decrease (P,), by a dense solve."""
    knots, d = W.shape[1], model.gradient.shape[-1]
    blocks = regularised(model.diagonal, damping, torch.float64)
    H = torch.einsum("nk,nl,pnij->pkilj", W, W, blocks)
    above = torch.einsum("nk,nl,pnij->pkilj", W[:-1], W[1:], model.upper)
    H = (H + above + above.permute(0, 3, 4, 1, 2)).reshape(-1, knots * d, knots * d)
    right = -torch.einsum("nk,pni->pki", W, model.gradient).reshape(-1, knots * d, 1)
    factor, info = torch.linalg.cholesky_ex(H)
    step = torch.cholesky_solve(right, factor).reshape(-1, knots, d)
    delta = torch.einsum("nk,pki->pni", W, step)
    residual, slope = decrement(model, delta)
    return delta, torch.where(info == 0, residual, torch.nan), slope / 2


def _choose(accept: Tensor, new: Tensor, old: Tensor) -> Tensor:
    return torch.where(accept.view(-1, *[1] * (new.ndim - 1)), new, old)
