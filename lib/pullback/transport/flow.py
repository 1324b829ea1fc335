"""The geodesic flow and its linearisation: the one initial-value problem under exp, log and Jacobi fields."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.curvature.connection import geodesic_acceleration
from pullback.maps.forward_mode import jvp
from pullback.metrics.base import Metric
from pullback.numerics.integrate import integrate


@dataclass(frozen=True)
class Flow:
    """Geodesics run for unit time, with the variations asked for; n is the number of equal intervals of time.

    Attributes:
        curve: (*batch, n + 1, d) points; NaN where the geodesic could not be followed.
        velocity: (*batch, n + 1, d) velocities.
        variations: (*batch, n + 1, k, d) derivatives of the points with respect to k changes of the start.
        rates: (*batch, n + 1, k, d) the variations' derivatives in time, coordinate by coordinate.
        converged: (*batch,) whether the end was reached within the tolerance.
        n_steps: (*batch,) steps tried.
        residual: (*batch,) largest accepted local error in units of the tolerance.
        reached: (*batch,) the time reached.
    """

    curve: Tensor
    velocity: Tensor
    variations: Tensor
    rates: Tensor
    converged: Tensor
    n_steps: Tensor
    residual: Tensor
    reached: Tensor


def default_rtol(dtype: torch.dtype) -> float:
    """Relative tolerance of an integration where none is given: 1e-9 in double precision, 1e-5 in single.

    The first is far finer than any discrete geodesic, and an order of 8 asks few more steps for it; the
    second leaves two digits above the rounding unit to the accelerations, which are differences.
    """
    return 1e-9 if dtype == torch.float64 else 1e-5


def geodesic_flow(
    metric: Metric,
    z: Tensor,
    v: Tensor,
    *,
    variations: Tensor | None = None,
    rates: Tensor | None = None,
    rtol: float | None = None,
    n_outputs: int = 1,
    max_steps: int = 500,
) -> Flow:
    r"""Follow geodesics and neighbouring ones for unit time (`eq-geodesic-equation`, `eq-jacobi`).

    $$\ddot z^k = a^k(z, \dot z) = -\Gamma^k_{ij} \dot z^i \dot z^j, \qquad
    \ddot y^k = \partial_{z^i} a^k \, y^i + \partial_{\dot z^i} a^k \, \dot y^i$$

    A variation y is a Jacobi field in coordinates: its second equation is the first one differentiated, by
    forward mode, and needs no curvature tensor. The error is controlled relative to the latent
    displacement |v|, so that short geodesics are as exact as long ones.

    Args:
        metric: any metric.
        z: (*batch, d) starts.
        v: (*batch, d) initial velocities, of the same shape.
        variations: (*batch, k, d) changes of the start; none by default.
        rates: (*batch, k, d) changes of the initial velocity.
        rtol: relative tolerance of a step; 1e-9 in double precision, 1e-5 in single.
        n_outputs: number of equal intervals of time.
        max_steps: steps tried before a row is given up.

    Returns:
        The states and the status of each row.
    """
    batch, d = z.shape[:-1], z.shape[-1]
    if variations is None:
        variations = rates = z.new_zeros(*batch, 0, d)
    k = variations.shape[-2]
    rows = batch.numel()
    z0, v0 = z.reshape(rows, d), v.reshape(rows, d)
    y0, w0 = variations.reshape(rows, k * d), rates.reshape(rows, k * d)
    rtol = default_rtol(z.dtype) if rtol is None else rtol

    def field(state: Tensor, origin: Tensor) -> Tensor:
        point, velocity = origin + state[:, :d], state[:, d : 2 * d]
        acceleration = geodesic_acceleration(metric, point, velocity)
        if not k:
            return torch.cat([velocity, acceleration], dim=1)
        change, rate = state[:, 2 * d :].reshape(len(state), 2, k, d).unbind(1)
        where = (point[:, None].repeat(1, k, 1), velocity[:, None].repeat(1, k, 1))
        linear = jvp(lambda z, v: geodesic_acceleration(metric, z, v), where, (change, rate))[1]
        return torch.cat([velocity, acceleration, rate.flatten(1), linear.flatten(1)], dim=1)

    # A velocity may be zero, and a latent displacement is known to the rounding of the point it is added to:
    # without either floor the step size of a short geodesic would underflow.
    tiny = torch.finfo(z.dtype).tiny ** 0.5
    rounding = 8 * torch.finfo(z.dtype).eps * z0.norm(dim=-1, keepdim=True)
    moved = (rtol * v0.norm(dim=-1, keepdim=True) + rounding + tiny).expand_as(z0)
    size = (rtol * (variations.norm(dim=-1) + rates.norm(dim=-1)) + tiny).reshape(rows, k)
    size = size.repeat_interleave(d, dim=1)
    solution = integrate(
        field,
        torch.cat([torch.zeros_like(z0), v0, y0, w0], dim=1),
        constants=(z0,),
        n_outputs=n_outputs,
        rtol=rtol,
        atol=torch.cat([moved, moved, size, size], dim=1).detach(),
        max_steps=max_steps,
    )
    path = solution.path
    pair = path[..., 2 * d :].reshape(*batch, n_outputs + 1, 2, k, d)
    return Flow(
        curve=(z0[:, None] + path[..., :d]).reshape(*batch, n_outputs + 1, d),
        velocity=path[..., d : 2 * d].reshape(*batch, n_outputs + 1, d),
        variations=pair[..., 0, :, :],
        rates=pair[..., 1, :, :],
        converged=solution.converged.reshape(batch),
        n_steps=solution.n_steps.reshape(batch),
        residual=solution.residual.reshape(batch),
        reached=solution.reached.reshape(batch),
    )


def mixed_acceleration(metric: Metric, z: Tensor, u: Tensor, v: Tensor) -> Tensor:
    r"""Evaluate $-\Gamma^k_{ij} u^i v^j$, the coordinates' share in differentiation (`eq-christoffel`).

    It is the polarisation of `geodesic_acceleration`, which needs no Christoffel symbols; unit vectors are
    taken lest the longer one drown the shorter.

    Args:
        metric: any metric.
        z: (*batch, d) points.
        u: (*batch, d) vectors, of the same shape.
        v: (*batch, d) vectors, of the same shape.

    Returns:
        (*batch, d).
    """
    tiny, z = torch.finfo(z.dtype).tiny ** 0.5, z.contiguous()
    size_u, size_v = u.norm(dim=-1, keepdim=True), v.norm(dim=-1, keepdim=True)
    u, v = u / size_u.clamp(min=tiny), v / size_v.clamp(min=tiny)
    mixed = geodesic_acceleration(metric, z, u + v) - geodesic_acceleration(metric, z, u - v)
    return size_u * size_v * mixed / 4
