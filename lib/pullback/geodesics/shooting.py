"""Shooting: initial velocities whose geodesics hit given points."""

import torch
from torch import Tensor

from pullback.metrics.base import Metric
from pullback.transport.flow import Flow, geodesic_flow

# A shot of more steps than this runs through kinks of the metric, where shooting does not pay.
_MAX_STEPS = 150
# A geodesic read off a curve of 32 pieces misses by a thousandth; one that misses by more than this share of
# its length magnifies every change of its velocity, and single shots do not find it.
_FAR = 0.05
# Cut so often, a step is a sixteenth of what a right derivative asked for.
_MAX_CUTS = 2
# Broyden's steps converge superlinearly; one that makes the miss less than four times smaller has a poor
# matrix, and d shots beside the best one buy a right one.
_SLOW = 0.25


def shoot(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    v: Tensor,
    derivative: Tensor,
    *,
    rtol: float,
    max_shots: int,
    far: float = _FAR,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    r"""Correct initial velocities by quasi-Newton steps until exp hits the targets (`eq-log`).

    $$v \leftarrow v + A^{-1} (z_1 - \exp_{z_0} v), \qquad A \approx D\exp_{z_0}$$

    A is kept up to date by Broyden's formula in the metric at z0, so that the steps do not depend on the
    latent coordinates. Where a step does not make the miss four times smaller, A is found anew, from d
    shots beside the best one; a step that makes the miss larger with a new A is cut, twice at most.

    Args:
        metric: any metric.
        z0: (rows, d) starts.
        z1: (rows, d) targets.
        v: (rows, d) first guesses.
        derivative: (rows, d, d) first guesses of A; parallel transport is right where curvature is small.
        rtol: bound on the miss over the length of the geodesic.
        max_shots: shots allowed.
        far: a first miss beyond which a row is given up.

    Returns:
        The best velocities (rows, d), whether they hit, shots fired and misses (rows,).
    """
    rows = len(v)
    best, trial, gap = v.clone(), v.clone(), torch.zeros_like(v)
    derivative, step, G = derivative.clone(), torch.zeros_like(v), metric.matrix(z0)
    miss = v.new_full((rows,), torch.inf)
    shots = torch.zeros(rows, dtype=torch.long, device=v.device)
    renewed = torch.zeros_like(shots, dtype=torch.bool)
    cuts = torch.zeros_like(shots)
    live = torch.arange(rows, device=v.device)
    while live.numel():
        flow = _fire(metric, z0[live], trial[live], rtol)
        shots[live] += 1
        off = torch.where(flow.converged[:, None], z1[live] - flow.curve[:, -1], 0)
        length = metric.norm(z0[live], trial[live]).clamp(min=torch.finfo(v.dtype).tiny ** 0.5)
        now = torch.where(flow.converged, metric.norm(z1[live], off) / length, torch.inf)

        learnt = flow.converged & miss[live].isfinite()
        known = live[learnt]
        derivative[known] = _broyden(derivative[known], G[known], step[known], gap[known] - off[learnt])
        better, slow = now < miss[live], now > _SLOW * miss[live]
        won, slow_rows = live[better], live[slow & miss[live].isfinite()]
        best[won], gap[won], miss[won] = trial[won], off[better], now[better]

        cut = slow_rows[renewed[slow_rows] & ~torch.isin(slow_rows, won)]
        cuts[cut] += 1
        cuts[won] = 0
        lost = (cuts > _MAX_CUTS) | ((shots == 1) & (miss > far))
        live = live[(miss[live] > rtol) & miss[live].isfinite() & (shots[live] < max_shots) & ~lost[live]]
        renew = slow_rows[~torch.isin(slow_rows, cut) & torch.isin(slow_rows, live)]
        renewed[won] = False
        if renew.numel():
            derivative[renew] = _differences(metric, z0[renew], best[renew], z1[renew] - gap[renew], rtol)
            shots[renew] += 1
            renewed[renew] = True
        aim = live[~torch.isin(live, cut)]
        step[cut] /= 4
        step[aim] = torch.linalg.solve_ex(derivative[aim], gap[aim])[0].nan_to_num(0.0, 0.0, 0.0)
        live = live[step[live].abs().amax(-1) > 0]
        trial[live] = best[live] + step[live]
    return best, miss <= rtol, shots, miss


def _fire(metric: Metric, z: Tensor, v: Tensor, rtol: float) -> Flow:
    return geodesic_flow(metric, z, v, rtol=rtol / 10, max_steps=_MAX_STEPS)


def _broyden(A: Tensor, G: Tensor, step: Tensor, change: Tensor) -> Tensor:
    """Correct A (rows, d, d) by rank one, so that it maps the step to the change of the end."""
    dual = (G @ step[..., None])[..., 0]
    size = (dual * step).sum(-1)[:, None, None]
    update = (change - (A @ step[..., None])[..., 0])[..., None] * dual[..., None, :] / size
    return A + update.nan_to_num(0.0, 0.0, 0.0)


def _differences(metric: Metric, z: Tensor, v: Tensor, end: Tensor, rtol: float) -> Tensor:
    """Differentiate exp at the velocities, whose ends are known, by differences: (rows, d, d)."""
    rows, d = v.shape
    # The root of what a shot is exact to makes truncation and rounding of a difference equal.
    size = rtol**0.5 * v.norm(dim=-1).clamp(min=torch.finfo(v.dtype).tiny ** 0.25)
    fan = v[:, None] + torch.eye(d, dtype=v.dtype, device=v.device) * size[:, None, None]
    flow = _fire(metric, z.repeat_interleave(d, dim=0), fan.flatten(0, 1), rtol)
    derivative = (flow.curve[:, -1].reshape(rows, d, d) - end[:, None]).mT / size[:, None, None]
    return derivative.nan_to_num(0.0, 0.0, 0.0)
