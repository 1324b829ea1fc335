"""Algorithm 1 of Shao, Kumar and Fletcher (2017): sweeps of gradient steps over the inner nodes."""

from collections.abc import Callable

import torch
from torch import Tensor

from pullback.curves.discrete_curve import curve_energy, linear_interpolation
from pullback.maps.differentiated_map import DifferentiatedMap
from pullback.maps.forward_mode import jvp
from pullback.metrics.base import Metric
from pullback.solvers.solution import Solution
from pullback.solvers.stationarity import stationarity

Map = Callable[[Tensor], Tensor]


def solve_decoder(
    metric: Metric, z0: Tensor, z1: Tensor, *, alpha: float | None = None, eps: float | None = None, **options
) -> Solution:
    r"""Step along the true gradient of the energy (`eq-shao-gradient`; their eq. 5).

    $$\eta_i = -\frac{1}{\delta t} J(z_i)^\top (f(z_{i+1}) - 2 f(z_i) + f(z_{i-1})), \qquad \delta t = 1 / T$$

    Args:
        metric: a metric with features.
        z0: (P, d).
        z1: (P, d).
        alpha: step size, for which the paper gives no value; by default 1 / (2 T lambda), lambda the largest
            eigenvalue of the metric on the straight line.
        eps: their bound on the summed squared gradient; by default one that follows from `tol`.
        **options: as in `_sweep`.
    """
    _require_features(metric, "shao-decoder")

    def gradient(z: Tensor, second_difference: Tensor) -> Tensor:
        jacobian = metric.features_and_jacobian(z)[1]
        return torch.einsum("pai,pa->pi", jacobian, second_difference)

    return _sweep(
        metric, metric.features, gradient, z0, z1, alpha=alpha, eps=eps, encoder_step=False, **options
    )


def solve_encoder(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    *,
    encoder: Map | None = None,
    alpha: float | None = None,
    eps: float | None = None,
    **options,
) -> Solution:
    r"""Step along the encoder's Jacobian of the second difference (`eq-shao-encoder-step`; their eq. 6).

    $$\eta_i = -\frac{1}{\delta t} J_h(f(z_i)) (f(z_{i+1}) - 2 f(z_i) + f(z_{i-1}))$$

    A cheap substitute for the gradient. It rests at the same curves only where the encoder ignores exactly
    the directions normal to the decoded surface, ker J_h = ker J^T, which training does not bring about. The
    stopping rule uses the true gradient, so the algorithm may rest without ever meeting it; the residual
    tells.

    Args:
        metric: the `PullbackMetric` of the decoder.
        z0: (P, d).
        z1: (P, d).
        encoder: h, callable (*batch, D) -> (*batch, d), the mean of the posterior.
        alpha: step size, for which the paper gives no value; by default 1 / (2 T), a full step if h inverts
        f. **options: as in `_sweep`.
    """
    _require_features(metric, "shao-encoder")
    if not callable(encoder):
        raise ValueError(
            "encoder: got none, expected the callable (*batch, D) -> (*batch, d) of 'shao-encoder'"
        )
    if len(metric.feature_map.branches) != 1:
        raise ValueError("metric: got several maps, expected the PullbackMetric of one decoder")
    decoder = DifferentiatedMap(
        type(metric.feature_map.branches[0])(metric.feature_map.branches[0].function, name="decoder")
    )

    def step(z: Tensor, second_difference: Tensor) -> Tensor:
        return jvp(encoder, (decoder.value(z),), (second_difference,))[1]

    return _sweep(metric, decoder.value, step, z0, z1, alpha=alpha, eps=eps, encoder_step=True, **options)


def _sweep(
    metric: Metric,
    decode: Map,
    direction: Callable[[Tensor, Tensor], Tensor],
    z0: Tensor,
    z1: Tensor,
    *,
    alpha: float | None,
    encoder_step: bool,
    n_segments: int,
    tol: float,
    max_steps: int,
    trace: bool = False,
    eps: float | None = None,
) -> Solution:
    """Start from the straight line, move one node after the other, stop when the summed squared gradient is
    small.

    Args:
        metric: metric with features.
        decode: f, (P, d) -> (P, m).
        direction: maps nodes z (P, d) and minus second differences (P, m) to eta / T (P, d).
        z0: (P, d).
        z1: (P, d).
        alpha: step size.
        encoder_step: whether the step is the encoder's, for the default of alpha.
        n_segments: T.
        tol: gives the default of eps.
        max_steps: sweeps allowed.
        trace: keep the energy after every sweep.
        eps: bound on the summed squared gradient, for which the paper gives no value; by default
            tol^2 2E 4 T lambda, E the energy of the straight line: what a residual of tol needs at least.
    """
    T = n_segments
    curve = linear_interpolation(z0, z1, T)
    steepest = torch.linalg.eigvalsh(metric.matrix(curve)).amax((-1, -2))
    start = curve_energy(metric, curve)
    bound = tol**2 * 2 * start * 4 * T * steepest if eps is None else torch.full_like(start, eps)
    rate = 1 / (2 * T) if encoder_step else 1 / (2 * T * steepest)[:, None]
    rate = rate if alpha is None else alpha
    x = decode(curve)
    energies, steps = [start], torch.zeros(len(z0), dtype=torch.long, device=z0.device)
    converged = _summed_gradient(metric, curve) <= bound
    for _ in range(max_steps):
        active = ~converged
        if not active.any():
            break
        for i in range(1, T):
            second_difference = 2 * x[:, i] - x[:, i + 1] - x[:, i - 1]
            moved = curve[:, i] - rate * T * direction(curve[:, i], second_difference)
            curve[:, i] = torch.where(active[:, None], moved, curve[:, i])
            x[:, i] = decode(curve[:, i])
        steps += active
        converged = converged | (_summed_gradient(metric, curve) <= bound)
        if trace:
            energies.append(curve_energy(metric, curve))
    return Solution(
        curve,
        converged,
        steps,
        stationarity(metric, curve),
        None,
        torch.stack(energies, 1) if trace else None,
    )


def _summed_gradient(metric: Metric, curve: Tensor) -> Tensor:
    """The stopping rule's sum over the inner nodes of |grad_i E|^2: (P,)."""
    f, jacobian = metric.features_and_jacobian(curve)
    second_difference = f[:, 1:-1] * 2 - f[:, 2:] - f[:, :-2]
    gradient = (curve.shape[1] - 1) * torch.einsum("pnai,pna->pni", jacobian[:, 1:-1], second_difference)
    return gradient.square().sum((1, 2))


def _require_features(metric: Metric, solver: str) -> None:
    if not metric.has_features:
        raise ValueError(
            f"solver: got {solver!r} with {type(metric).__name__}, expected a metric with features"
        )
