"""Shooting: initial velocities whose geodesics hit given points."""

import torch
from torch import Tensor

from latent_geometry.geometry.flow import geodesic_flow
from latent_geometry.geometry.metric import Metric


def shoot(
    metric: Metric, z0: Tensor, z1: Tensor, v: Tensor, *, rtol: float, max_shots: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    r"""Correct initial velocities by Newton's method until exp hits the targets (`eq-log`).

    $$v \leftarrow v + (D\exp_{z_0})^{-1} (z_1 - \exp_{z_0} v)$$

    The derivative comes from shots beside the first one, fired in one batch with it, and is renewed where
    a step does not make the miss ten times smaller; a step that makes it larger is cut.

    Args:
        metric: any metric.
        z0: (rows, d) starts.
        z1: (rows, d) targets.
        v: (rows, d) first guesses.
        rtol: bound on the miss over the length of the geodesic.
        max_shots: shots allowed.

    Returns:
        The best velocities (rows, d), whether they hit, shots fired and misses (rows,).
    """
    rows, d = v.shape
    best, trial, step, gap = v.clone(), v.clone(), torch.zeros_like(v), torch.zeros_like(v)
    derivative = v.new_zeros(rows, d, d)
    miss = v.new_full((rows,), torch.inf)
    shots = torch.zeros(rows, dtype=torch.long, device=v.device)
    # whether the derivative in hand was taken at the best velocity, and whether it may be used elsewhere
    exact, usable = torch.zeros_like(shots, dtype=torch.bool), torch.ones_like(shots, dtype=torch.bool)
    live, first = torch.arange(rows, device=v.device), True
    while live.numel():
        ends, hit, beside = _fire(metric, z0[live], trial[live], rtol=rtol / 10, beside=first)
        shots[live] += 1
        off = torch.where(hit[:, None], z1[live] - ends, 0)
        length = metric.norm(z0[live], trial[live]).clamp(min=torch.finfo(v.dtype).tiny ** 0.5)
        now = torch.where(hit, metric.norm(z1[live], off) / length, torch.inf)
        better = now < miss[live]
        won, lost = live[better], live[~better]
        usable[won] &= now[better] < 0.1 * miss[won]
        best[won], gap[won], miss[won] = trial[won], off[better], now[better]
        exact[won], first = first, False
        if beside is not None:
            derivative = beside
        step[lost] /= 4
        aim = torch.cat([won, lost[~exact[lost]]])
        live = live[(miss[live] > rtol) & miss[live].isfinite() & (shots[live] < max_shots)]

        aim = aim[torch.isin(aim, live)]
        usable[lost] = False
        renew = aim[~usable[aim] & ~exact[aim]]
        if renew.numel():
            derivative[renew] = _fire(metric, z0[renew], best[renew], rtol=rtol / 10, beside=True)[2]
            exact[renew] = usable[renew] = True
        step[aim] = torch.linalg.solve_ex(derivative[aim], gap[aim])[0].nan_to_num(0.0, 0.0, 0.0)
        trial[live] = best[live] + step[live]
    return best, miss <= rtol, shots, miss


def _fire(
    metric: Metric, z: Tensor, v: Tensor, *, rtol: float, beside: bool
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Run geodesics to their ends, and others beside them for the derivative (rows, d, d) of exp."""
    if not beside:
        flow = geodesic_flow(metric, z, v, rtol=rtol)
        return flow.curve[:, -1], flow.converged, None
    rows, d = v.shape
    size = rtol**0.5 * v.norm(dim=-1).clamp(min=torch.finfo(v.dtype).tiny ** 0.25)
    offsets = torch.eye(d, dtype=v.dtype, device=v.device) * size[:, None, None]
    fan = torch.cat([v[:, None], v[:, None] + offsets], dim=1).flatten(0, 1)
    flow = geodesic_flow(metric, z.repeat_interleave(d + 1, dim=0), fan, rtol=rtol)
    ends = flow.curve[:, -1].reshape(rows, d + 1, d)
    derivative = (ends[:, 1:] - ends[:, :1]).mT / size[:, None, None]
    return ends[:, 0], flow.converged.reshape(rows, d + 1)[:, 0], derivative.nan_to_num(0.0, 0.0, 0.0)
