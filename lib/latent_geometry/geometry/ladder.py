"""Pole ladder: parallel transport from geodesics alone."""

import torch
from torch import Tensor

from latent_geometry.geometry.connection import geodesic_acceleration
from latent_geometry.geometry.integrate import DOP8, fixed_steps
from latent_geometry.geometry.metric import Metric

_MAX_SHOTS = 60


def pole_ladder(metric: Metric, curve: Tensor, v: Tensor) -> Tensor:
    r"""Transport vectors by reflecting geodesics through midpoints (`eq-parallel-transport`).

    With the midpoint m of the geodesic from $c_i$ to $c_{i+1}$ and $p = \exp_{c_i}(s v_i)$, the point p is
    reflected to $p' = \exp_m(-\log_m p)$, and $v_{i+1} = -\log_{c_{i+1}}(p') / s$. The rail s v is as long
    as the rung, which makes one step's relative error third order (Guigui and Pennec 2022).

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
    length, size = metric.norm(before, rungs), metric.norm(curve[..., 0, :], v)
    field = [v]
    for i in range(curve.shape[-2] - 1):
        # transport does not change the norm of v, so the scale needs that of the first vector only
        scale = torch.where((size > 0) & (length[..., i] > 0), length[..., i] / size, 1.0)[..., None]
        start, middle, end = curve[..., i, :], middles[..., i, :], curve[..., i + 1, :]
        pole = _short_exp(metric, start, scale * v)
        mirrored = _short_exp(metric, middle, -_short_log(metric, middle, pole))
        v = -_short_log(metric, end, mirrored) / scale
        field.append(v)
    return torch.stack(field, dim=-2)


def _short_exp(metric: Metric, z: Tensor, v: Tensor) -> Tensor:
    d = z.shape[-1]
    state = torch.cat(torch.broadcast_tensors(z, v), dim=-1)

    def field(t: float, state: Tensor) -> Tensor:
        velocity = state[..., d:]
        return torch.cat([velocity, geodesic_acceleration(metric, state[..., :d], velocity)], dim=-1)

    return fixed_steps(field, state, n_steps=1, tableau=DOP8)[..., :d]


def _short_log(metric: Metric, z0: Tensor, z1: Tensor) -> Tensor:
    """Shoot with the identity for the derivative of exp, a contraction where geodesics are short."""
    v = z1 - z0
    extent = v.norm(dim=-1)
    rounding = 8 * torch.finfo(v.dtype).eps * (extent + z0.norm(dim=-1))
    last = extent.new_full((), torch.inf)
    for _ in range(_MAX_SHOTS):
        gap = z1 - _short_exp(metric, z0, v)
        v = v + gap
        if not gap.numel():
            return v
        miss = (gap.norm(dim=-1) / rounding.clamp(min=torch.finfo(v.dtype).tiny)).max()
        if miss <= 1 or (miss < 1e3 and miss >= last / 2):
            return v
        last = miss
    raise ValueError(
        f"curve: neighbouring nodes are up to {float(extent.max()):.2g} apart, too far for the "
        "short geodesics of the pole ladder; expected more nodes"
    )
