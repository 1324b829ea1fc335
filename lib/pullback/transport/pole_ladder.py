"""Pole ladder: parallel transport from geodesics alone."""

import torch
from torch import Tensor

from pullback.curvature.connection import geodesic_acceleration
from pullback.metrics.base import Metric
from pullback.numerics.integrate import DOP8, fixed_steps

# Between close nodes the first guess is a contraction, and a handful of shots arrive; where thirty do not,
# the nodes are too far apart.
_MAX_SHOTS = 30


def pole_ladder(metric: Metric, curve: Tensor, v: Tensor) -> Tensor:
    r"""Transport vectors by reflecting geodesics through midpoints (`eq-parallel-transport`).

    With the midpoint m of the geodesic from $c_i$ to $c_{i+1}$, the pole $p_0 = \exp_{c_0}(s v)$ is reflected
    from rung to rung, $p_{i+1} = \exp_m(-\log_m p_i)$, and $v_i = (-1)^i \log_{c_i}(p_i) / s$. The rail s v
    is as long as a rung is on average, which makes the error of a step third order (Guigui and Pennec 2022).

    Args:
        metric: any metric.
        curve: (*batch, n + 1, d) nodes, close enough for one Runge-Kutta step of order 8 to join them.
        v: (*batch, d) vectors at the first node.

    Returns:
        (*batch, n + 1, d) vectors at all nodes.

    Raises:
        ValueError: where nodes are too far apart for the short geodesics between them to be found.
    """
    before, after = curve[..., :-1, :], curve[..., 1:, :]
    rungs = _short_log(metric, before, after)
    middles = _short_exp(metric, before, rungs / 2)
    rung, size = metric.norm(before, rungs).mean(-1), metric.norm(curve[..., 0, :], v)
    scale = torch.where((size > 0) & (rung > 0), rung / size, 1.0)[..., None]
    poles = [_short_exp(metric, curve[..., 0, :], scale * v)]
    for i in range(curve.shape[-2] - 1):
        middle = middles[..., i, :]
        poles.append(_short_exp(metric, middle, -_short_log(metric, middle, poles[-1])))
    signs = (-1.0) ** torch.arange(1, curve.shape[-2], dtype=v.dtype, device=v.device)[:, None]
    field = signs * _short_log(metric, after, torch.stack(poles[1:], dim=-2)) / scale[..., None, :]
    return torch.cat([v[..., None, :], field], dim=-2)


def _short_exp(metric: Metric, z: Tensor, v: Tensor) -> Tensor:
    d = z.shape[-1]

    def field(t: float, state: Tensor) -> Tensor:
        position, velocity = state[..., :d].contiguous(), state[..., d:].contiguous()
        return torch.cat([velocity, geodesic_acceleration(metric, position, velocity)], dim=-1)

    return fixed_steps(field, torch.cat([z, v], dim=-1), n_steps=1, tableau=DOP8)[..., :d]


def _short_log(metric: Metric, z0: Tensor, z1: Tensor) -> Tensor:
    """Shoot with Broyden's secant updates, from the identity, which short geodesics make a contraction."""
    d = z0.shape[-1]
    v = z1 - z0
    if not v.numel():
        return v
    extent = v.norm(dim=-1)
    # The errors of the rungs add up: each is closed two digits finer than geodesics are followed by default,
    # and one in single precision, which has no more (`default_rtol`), but never finer than the end itself
    # rounds.
    bound = 1e-11 * extent if v.dtype == torch.float64 else 1e-6 * extent
    bound = bound + 4 * torch.finfo(v.dtype).eps * z0.norm(dim=-1)
    inverse = torch.eye(d, dtype=v.dtype, device=v.device).expand(*v.shape, d)
    gap = z1 - _short_exp(metric, z0, v)
    for _ in range(_MAX_SHOTS):
        if (gap.norm(dim=-1) <= bound).all():
            return v
        step = (inverse @ gap[..., None])[..., 0]
        v = v + step
        old, gap = gap, z1 - _short_exp(metric, z0, v)
        change = (inverse @ (old - gap)[..., None])[..., 0]
        weight = (step * change).sum(-1)
        row = (step[..., None, :] @ inverse)[..., 0, :]
        update = (step - change)[..., :, None] * row[..., None, :] / weight[..., None, None]
        inverse = inverse + update.nan_to_num(0.0, 0.0, 0.0)
    raise ValueError(
        f"curve: neighbouring nodes are up to {float(extent.max()):.2g} apart, too far for the "
        "short geodesics of the pole ladder; expected more nodes"
    )
