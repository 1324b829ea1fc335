"""Derivatives of the exponential map and of its inverse, from Jacobi fields and the adjoint equation."""

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from pullback.curvature.connection import geodesic_acceleration
from pullback.maps.forward_mode import constant_weights
from pullback.metrics.base import Metric
from pullback.metrics.parameters import parameters_of
from pullback.numerics.attached import attach
from pullback.transport.flow import Flow, default_rtol, geodesic_flow

# Gauss's rule for the parameters' share, exact for polynomials of degree 23 in time.
_NODES = 12


def attach_exp(
    metric: Metric, z: Tensor, v: Tensor, end: Tensor, velocity: Tensor, rtol: float | None
) -> tuple[Tensor, Tensor]:
    r"""Return ends of geodesics, and the velocities there, as functions of starts, velocities (*batch, d) and
    the metric's parameters.

    $$d \,(\exp_z(v), \dot c(1)) = \Phi(1) \, (dz, dv) + \int_0^1 \Phi(1) \Phi(t)^{-1} \,
    (0, \partial_\theta a \, d\theta) \, dt$$

    $\Phi(t)$ is the derivative of point and velocity at time t in those at time 0: Jacobi fields, which the
    flow carries along; a is the geodesic's acceleration. The integral is taken by Gauss's rule with 12 nodes,
    so that no step of the integrator is kept.

    Args:
        metric: any metric.
        z: (*batch, d) starts.
        v: (*batch, d) velocities.
        end: (*batch, d) exp_z(v), without a graph.
        velocity: (*batch, d) velocities at the ends, without a graph.
        rtol: of the integration.
    """
    parameters, d = parameters_of(metric, z), z.shape[-1]

    def pull(cotangents: Sequence[Tensor | None]) -> list[Tensor]:
        cotangent = torch.cat([torch.zeros_like(end) if g is None else g for g in cotangents], dim=-1)
        back = torch.zeros_like(cotangent)
        # Geodesics that nobody asks about may have gone astray, and cost as much as others.
        asked = (cotangent != 0).any(-1)
        start, speed = z.detach()[asked], v.detach()[asked]
        if asked.any():
            with constant_weights():
                transition = _transition(_flow(metric, start, speed, rtol))
            back[asked] = torch.einsum("...i,...ij->...j", cotangent[asked], transition)
        shares = _parameter_shares(metric, start, speed, back[asked], parameters, rtol)
        return [*back.split(d, dim=-1), *shares]

    return attach((end, velocity), pull, (z, v, *parameters))


def attach_path(
    metric: Metric, z: Tensor, v: Tensor, curve: Tensor, velocity: Tensor, rtol: float | None
) -> tuple[Tensor, Tensor]:
    r"""Return curves of geodesics, and their velocities, as functions of starts, velocities and parameters.

    $$c(t) = \exp_z(t v), \qquad \dot c(t) = \tfrac1t \tfrac{d}{ds} \exp_z(s \, t v) \big|_{s=1}$$

    Every node is the end of a geodesic of its own, so that what `attach_exp` knows of ends serves. Costs the
    way back of n ends.

    Args:
        metric: any metric.
        z: (*batch, d) starts.
        v: (*batch, d) velocities.
        curve: (*batch, n + 1, d) nodes at equal times, without a graph.
        velocity: (*batch, n + 1, d) velocities there, without a graph.
        rtol: of the integration.
    """
    n = curve.shape[-2] - 1
    t = torch.arange(1, n + 1, dtype=z.dtype, device=z.device)[:, None] / n
    starts, parts = torch.broadcast_tensors(z[..., None, :], t * v[..., None, :])
    nodes, speeds = attach_exp(metric, starts, parts, curve[..., 1:, :], t * velocity[..., 1:, :], rtol)
    return torch.cat([z[..., None, :], nodes], dim=-2), torch.cat([v[..., None, :], speeds / t], dim=-2)


def attach_log(
    metric: Metric, z0: Tensor, z1: Tensor, v: Tensor, converged: Tensor, rtol: float | None
) -> Tensor:
    r"""Return velocities v with exp_z0(v) = z1 as functions of the ends and of the metric's parameters.

    $$dv = (D_v \exp)^{-1} \, (dz_1 - D_{z_0} \exp \, dz_0 - \partial_\theta \exp \, d\theta)$$

    Args:
        metric: any metric.
        z0: (*batch, d) starts.
        z1: (*batch, d) ends.
        v: (*batch, d) velocities that were found, without a graph.
        converged: (*batch,) whether they hit; where not, the derivative is NaN.
        rtol: of the integration.
    """
    parameters, d = parameters_of(metric, z0), z0.shape[-1]

    def pull(cotangents: Sequence[Tensor | None]) -> list[Tensor]:
        cotangent, start, velocity = cotangents[0], z0.detach(), v.detach()
        with constant_weights():
            point = _transition(_flow(metric, start, velocity, rtol))[..., :d, :]
            into, singular = torch.linalg.solve_ex(point[..., d:].mT, cotangent)
        lost = (cotangent != 0).any(-1) & (~converged | (singular != 0))
        if lost.any():
            warnings.warn(
                f"log: {int(lost.sum())} of {lost.numel()} velocities have no gradient, for they did not "
                f"converge; the first leads from {start[lost][0].tolist()}: it gets NaN",
                UserWarning,
                stacklevel=2,
            )
        into = torch.where(lost[..., None], torch.nan, torch.where((cotangent != 0).any(-1, True), into, 0))
        # What the velocity's change must make good is the change of the end at fixed velocity.
        back = -torch.einsum("...i,...ij->...j", into, point)
        shares = _parameter_shares(metric, start, velocity, back, parameters, rtol)
        return [back[..., :d], into, *shares]

    return attach((v,), pull, (z0, z1, *parameters))[0]


def _flow(metric: Metric, z: Tensor, v: Tensor, rtol: float | None) -> Flow:
    """Run for unit time with all variations of the start, to no tighter tolerance than the default one."""
    d = z.shape[-1]
    change = torch.eye(2 * d, dtype=z.dtype, device=z.device).expand(*z.shape[:-1], 2 * d, 2 * d)
    default = default_rtol(z.dtype)
    return geodesic_flow(
        metric,
        z.contiguous(),
        v.contiguous(),
        variations=change[..., :d].contiguous(),
        rates=change[..., d:].contiguous(),
        rtol=default if rtol is None else max(rtol, default),
    )


def _transition(flow: Flow) -> Tensor:
    """Differentiate point and velocity at time 1 in those at time 0: (*batch, 2 d, 2 d)."""
    return torch.cat([flow.variations[..., -1, :, :], flow.rates[..., -1, :, :]], dim=-1).mT


def _parameter_shares(
    metric: Metric, z: Tensor, v: Tensor, back: Tensor, parameters: Sequence[Tensor], rtol: float | None
) -> list[Tensor]:
    """Pull covectors (*batch, 2 d), of the state at time 0, along geodesics onto the parameters."""
    if not parameters:
        return []
    if not z.numel():
        return [torch.zeros_like(parameter) for parameter in parameters]
    d = z.shape[-1]
    nodes, weights = (
        torch.as_tensor(x, dtype=z.dtype, device=z.device) for x in np.polynomial.legendre.leggauss(_NODES)
    )
    t = ((nodes + 1) / 2).reshape(-1, *[1] * z.ndim)
    start, velocity = z.expand(_NODES, *z.shape), t * v
    with constant_weights():
        flow = _flow(metric, start, velocity, rtol)
        transition = _transition(flow)
        # In the time of the whole geodesic, velocities are those of its part over t.
        clock = torch.cat([torch.ones_like(v), torch.ones_like(v)], dim=-1).expand(_NODES, *v.shape[:-1], -1)
        clock = torch.cat([clock[..., :d], clock[..., d:] * t], dim=-1)
        transition = transition * clock[..., None, :] / clock[..., :, None]
        covector = torch.linalg.solve(transition.mT, back.expand(_NODES, *back.shape))[..., d:]
        covector = covector * (weights / 2).reshape(-1, *[1] * z.ndim)
        point, speed = flow.curve[..., -1, :], flow.velocity[..., -1, :] / t
    with torch.enable_grad():
        rate = geodesic_acceleration(metric, point, speed)
        return list(
            torch.autograd.grad(rate, parameters, covector, retain_graph=True, materialize_grads=True)
        )
