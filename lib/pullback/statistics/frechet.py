"""The Frechet mean: the point with the least sum of squared distances."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.checks import check_points, check_tensor
from pullback.geodesics.exponential import exp, log, report_unconverged
from pullback.maps.forward_mode import constant_weights
from pullback.metrics.base import Metric
from pullback.statistics.mean_gradient import attach_mean

# The next gradient makes good what a step's integration misses.
_STEP_RTOL = 1e-4


@dataclass(frozen=True)
class FrechetMean:
    """Frechet means and how far they may be trusted.

    Attributes:
        mean: (*batch, d) means.
        variance: (*batch,) weighted mean of the squared distances to the mean.
        converged: (*batch,) whether the gradient came under the tolerance, with every logarithm converged.
        n_steps: (*batch,) steps tried.
        residual: (*batch,) norm of the gradient over the root of the variance.
        n_unconverged: (*batch,) logarithms at the mean that did not converge.
    """

    mean: Tensor
    variance: Tensor
    converged: Tensor
    n_steps: Tensor
    residual: Tensor
    n_unconverged: Tensor


def frechet_mean(
    metric: Metric,
    Z: Tensor,
    weights: Tensor | None = None,
    *,
    start: Tensor | None = None,
    tol: float | None = None,
    max_steps: int = 50,
    return_result: bool = False,
    **options,
) -> Tensor | FrechetMean:
    r"""Find the weighted Frechet mean by Karcher's iteration (`eq-frechet-mean`).

    $$\mu = \arg\min_z \sum_i w_i \, d(z, z_i)^2, \qquad \mu \leftarrow \exp_\mu\Big(s \sum_i w_i \log_\mu
    z_i\Big)$$

    The sum of logarithms is minus half the gradient. The step s is 1, halved where a step makes the sum of
    squares larger or cannot be taken. The mean found is a local one; where the points lie in a small
    enough ball it is the only one. A step costs n logarithms and one `exp`.

    Mean and variance are differentiable in points, weights and the metric's parameters, by the theorem of
    implicit functions and not through the steps: at the price of n logarithms more. A mean that did not
    converge gets NaN for a gradient, and a warning.

    Args:
        metric: any metric.
        Z: (*batch, n, d) points.
        weights: (*batch, n) weights, 0 or more, not all 0; equal by default.
        start: (*batch, d) first guess; by default the point of Z nearest to the weighted coordinate mean.
        tol: bound on the gradient's norm over the root mean square distance; 1e-5 in double precision,
            1e-3 in single.
        max_steps: steps allowed.
        return_result: return a `FrechetMean` with status.
        **options: passed to `log`, which runs without shooting unless `shooting=True` is among them.

    Returns:
        (*batch, d) means, or the result with status.

    Raises:
        ValueError: for bad points, weights or start.

    Warns:
        UserWarning: with the count, where means did not converge and `return_result` is not set.

    Example:
        >>> from pullback import frechet_mean
        >>> from pullback.surfaces import HALF_PLANE
        >>> Z = torch.tensor([[0, 1], [0, 4]], dtype=torch.float64)
        >>> round(frechet_mean(HALF_PLANE.metric, Z)[1].item(), 3)
        2.0
    """
    Z = check_points("Z", Z)
    if Z.ndim < 2 or Z.shape[-2] == 0:
        raise ValueError(f"Z: got shape {tuple(Z.shape)}, expected (*batch, n, d) with n at least 1")
    batch, (n, d) = Z.shape[:-2], Z.shape[-2:]
    options = {"shooting": False} | options
    tol = (1e-5 if Z.dtype == torch.float64 else 1e-3) if tol is None else tol
    w = normalise_weights(weights, Z)
    Z, w = Z.reshape(-1, n, d), w.reshape(-1, n)
    if start is not None:
        start = check_points("start", start, d=d).expand(*batch, d).reshape(-1, d)
    with constant_weights():
        found = _karcher(metric, Z.detach(), w.detach(), start, tol, max_steps, options)
    mean, variance = attach_mean(metric, Z, w, found, options)
    result = FrechetMean(
        mean.reshape(*batch, d), variance.reshape(batch), *(x.reshape(batch) for x in found[2:])
    )
    if return_result:
        return result
    report_unconverged("frechet_mean", result.converged, result.residual)
    return result.mean


def _karcher(
    metric: Metric,
    flat: Tensor,
    w: Tensor,
    start: Tensor | None,
    tol: float,
    max_steps: int,
    options: dict,
) -> tuple[Tensor, ...]:
    """Iterate on sets of points (rows, n, d): means, variances, converged, steps, residuals, failed logs."""
    if start is None:
        centre = (w[..., None] * flat).sum(1, keepdim=True)
        nearest = (flat - centre).square().sum(-1).masked_fill(w == 0, torch.inf).argmin(1)
        mu = flat[torch.arange(len(flat), device=flat.device), nearest]
    else:
        mu = start.detach().clone()

    rows = len(flat)
    step, trial = torch.ones_like(mu[:, 0]), mu.clone()
    gradient, spread = torch.zeros_like(mu), mu.new_full((rows,), torch.inf)
    residual = spread.clone()
    n_steps = torch.zeros(rows, dtype=torch.long, device=flat.device)
    failed = torch.zeros_like(n_steps)
    live = torch.arange(rows, device=flat.device)
    while live.numel():
        logs = log(metric, trial[live, None], flat[live], return_result=True, **options)
        mean_log = (w[live, :, None] * logs.velocity).sum(1)
        variance = (w[live] * logs.length.square()).sum(1)
        floor = torch.finfo(flat.dtype).tiny ** 0.5
        slope = metric.norm(trial[live], mean_log) / variance.sqrt().clamp(min=floor)
        # near the end rounding blurs the sum of squares, and a smaller gradient tells progress better
        better = (variance < spread[live]) | (slope < residual[live])
        won, lost = live[better], live[~better]
        mu[won], gradient[won], spread[won] = trial[won], mean_log[better], variance[better]
        failed[won] = ((~logs.converged) & (w[live] > 0)).sum(1)[better]
        residual[won] = slope[better]
        step[lost] /= 2
        live = live[(residual[live] > tol) & (n_steps[live] < max_steps) & (step[live] > 1e-6)]
        if not live.numel():
            break
        moved = exp(metric, mu[live], step[live, None] * gradient[live], rtol=_STEP_RTOL, return_result=True)
        n_steps[live] += 1
        while not moved.converged.all():
            step[live[~moved.converged]] /= 2
            moved = exp(
                metric, mu[live], step[live, None] * gradient[live], rtol=_STEP_RTOL, return_result=True
            )
        trial[live] = moved.point

    return mu, spread, (residual <= tol) & (failed == 0), n_steps, residual, failed


def normalise_weights(weights: Tensor | None, Z: Tensor) -> Tensor:
    """Scale weights of the points Z (*batch, n, d) to sum 1; equal ones where None is given: (*batch, n)."""
    if weights is None:
        return Z.new_full(Z.shape[:-1], 1 / Z.shape[-2])
    check_tensor("weights", weights)
    if weights.shape[-1:] != Z.shape[-2:-1] or weights.ndim > Z.ndim - 1:
        raise ValueError(
            f"weights: got shape {tuple(weights.shape)}, expected {tuple(Z.shape[:-1])}, one per point"
        )
    total = weights.sum(-1, keepdim=True)
    if not (weights >= 0).all() or not (total > 0).all() or not total.isfinite().all():
        raise ValueError(
            "weights: got negative, infinite or only zero weights, expected 0 or more, not all 0"
        )
    return (weights / total).to(Z).expand(Z.shape[:-1])
