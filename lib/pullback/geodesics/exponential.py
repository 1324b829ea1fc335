"""The exponential map by the geodesic equation, and the logarithm by a geodesic refined by shooting."""

import warnings
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.checks import check_points, check_tangents
from pullback.curves.stencils import end_derivative
from pullback.geodesics.flow_gradients import attach_exp, attach_log, attach_path
from pullback.geodesics.geodesic import GeodesicResult, geodesic
from pullback.geodesics.multiple_shooting import sew
from pullback.geodesics.shooting import shoot
from pullback.maps.forward_mode import constant_weights
from pullback.metrics.base import Metric
from pullback.numerics.linear_algebra import refuse_singular
from pullback.transport.flow import default_rtol, geodesic_flow
from pullback.transport.parallel_transport import transport_matrices


@dataclass(frozen=True)
class ExpResult:
    """Geodesics from given starts with given velocities.

    Attributes:
        point: (*batch, d) ends; NaN where the geodesic could not be followed.
        velocity: (*batch, d) velocities at the ends, with respect to the unit time of the curve.
        curve: (*batch, n_segments + 1, d) points at equal times.
        converged: (*batch,) whether the end was reached within the tolerance.
        n_steps: (*batch,) steps of the integrator tried.
        residual: (*batch,) largest accepted local error in units of the tolerance.
    """

    point: Tensor
    velocity: Tensor
    curve: Tensor
    converged: Tensor
    n_steps: Tensor
    residual: Tensor


@dataclass(frozen=True)
class LogResult:
    """Initial velocities of geodesics between pairs of points.

    Attributes:
        velocity: (*batch, d) initial velocities, the best ones met.
        length: (*batch,) their norms, which are the geodesics' lengths.
        converged: (*batch,) whether the residual came under the tolerance.
        n_steps: (*batch,) shots fired, or steps of the geodesic solver where shooting was switched off.
        residual: (*batch,) distance by which the last shot misses, over the length; or the geodesic solver's.
    """

    velocity: Tensor
    length: Tensor
    converged: Tensor
    n_steps: Tensor
    residual: Tensor


def exp(
    metric: Metric,
    z: Tensor,
    v: Tensor,
    *,
    t: float | Tensor = 1.0,
    rtol: float | None = None,
    max_steps: int = 500,
    n_segments: int = 1,
    return_path: bool = False,
    return_result: bool = False,
) -> Tensor | ExpResult:
    r"""Run along geodesics: the exponential map (`eq-exp`, `eq-geodesic-equation`).

    $$\exp_z(t v) = c(t), \qquad \ddot c^k = -\Gamma^k_{ij} \dot c^i \dot c^j, \quad c(0) = z, \; \dot c(0)
    = v$$

    The equation is integrated with an adaptive method of order 8, each batch element with its own steps. A
    step costs 12 calls of `geodesic_acceleration`; each of the n_segments points costs a step at least.

    Ends, curves and velocities are differentiable in starts, velocities and the metric's parameters by Jacobi
    fields and the adjoint equation, and keep no graph of the steps.

    Args:
        metric: any metric.
        z: (*batch, d) starts.
        v: (*batch, d) initial velocities; the batches broadcast.
        t: time to run for, a number or a tensor (*batch,); negative runs backwards.
        rtol: tolerance of a step relative to the latent displacement; 1e-9 in double precision, 1e-5 in
            single.
        max_steps: steps of the integrator a geodesic may take.
        n_segments: segments of the curve that is returned with `return_path` or `return_result`.
        return_path: return the curves (*batch, n_segments + 1, d) in place of the ends.
        return_result: return an `ExpResult` with status, and do not raise where the integration fails.

    Returns:
        (*batch, d) ends, or the curves, or the result with status.

    Raises:
        ValueError: for bad points or vectors, n_segments below 1, and where a geodesic cannot be followed to
            time t: it leaves the domain of the chart, or the step size underflows.

    Example:
        >>> from pullback import exp
        >>> from pullback.surfaces import SPHERE
        >>> equator, south = torch.tensor([[torch.pi / 2, 0], [1, 0]], dtype=torch.float64)
        >>> theta, phi = exp(SPHERE.metric, equator, south, t=torch.pi / 6)
        >>> round(theta.item() / torch.pi, 6)
        0.666667
    """
    z, v = check_tangents(check_points("z", z), v=v)
    if n_segments < 1:
        raise ValueError(f"n_segments: got {n_segments}, expected 1 or more")
    if isinstance(t, Tensor):
        t = t[..., None]
    z, v = torch.broadcast_tensors(z, t * v)
    with constant_weights():
        flow = geodesic_flow(
            metric, z.detach(), v.detach(), rtol=rtol, n_outputs=n_segments, max_steps=max_steps
        )
    if return_result:
        curve, velocity = attach_path(metric, z, v, flow.curve, flow.velocity, rtol)
        return ExpResult(
            point=curve[..., -1, :],
            velocity=velocity[..., -1, :],
            curve=curve,
            converged=flow.converged,
            n_steps=flow.n_steps,
            residual=flow.residual,
        )
    if not flow.converged.all():
        lost = ~flow.converged
        raise ValueError(
            f"v: got {int(lost.sum())} of {lost.numel()} geodesics that cannot be followed to the end (one "
            f"stops at {float(flow.reached[lost].min()):.3g} of the way), expected vectors in the domain of "
            "exp, or a larger rtol where the metric has kinks; return_result=True tells which"
        )
    if return_path:
        return attach_path(metric, z, v, flow.curve, flow.velocity, rtol)[0]
    return attach_exp(metric, z, v, flow.curve[..., -1, :], flow.velocity[..., -1, :], rtol)[0]


def log(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    *,
    shooting: bool = True,
    rtol: float | None = None,
    max_shots: int = 20,
    n_segments: int = 32,
    return_result: bool = False,
    **options,
) -> Tensor | LogResult:
    r"""Find the initial velocities of geodesics: the logarithm, inverse of exp (`eq-log`).

    $$\log_{z_0}(z_1) = v \quad \text{with} \quad \exp_{z_0}(v) = z_1$$

    The first guess is read off a discrete geodesic: $G^{-1} J^\top (f(c_1) - f(c_0)) / h$, the Riemannian
    gradient of its energy, second order in h. Shooting then makes exp(log) the identity to `rtol`, starting
    with parallel transport for the derivative of exp. A pair whose first shot goes far astray is done by
    multiple shooting: its geodesic magnifies every change of its velocity.

    Velocities are differentiable in the ends and in the metric's parameters, by the theorem of implicit
    functions and not through the steps: with shooting from Jacobi fields, without from the discrete geodesic.
    One that did not converge gets NaN for a gradient, and a warning.

    Which geodesic is found is the solver's choice: inside the injectivity radius there is one. Costs a
    `geodesic` per pair and an `exp` per shot, 2 to 4 on a smooth decoder.

    Args:
        metric: any metric.
        z0: (*batch, d) starts.
        z1: (*batch, d) ends; the batches broadcast.
        shooting: refine by shooting. Without, the velocity has the accuracy of the discrete geodesic. A
            decoder with kinks in its second derivative (ELU) cannot be shot at with a tight tolerance:
            the geodesic equation of such a metric is stiff to integrate, while the discrete geodesic needs
            first derivatives.
        rtol: bound on the miss of a shot over the length; 1e-8 in double precision, 1e-4 in single.
        max_shots: shots allowed.
        n_segments: segments of the discrete geodesic.
        return_result: return a `LogResult` with status.
        **options: passed to `geodesic`.

    Returns:
        (*batch, d) tangent vectors at z0, or the result with status.

    Raises:
        ValueError: as `geodesic`.

    Warns:
        UserWarning: with the count, where velocities did not converge and `return_result` is not set.

    Example:
        >>> from pullback import exp, log
        >>> from pullback.surfaces import SPHERE
        >>> z, v = torch.tensor([[1.0, 0.0], [0.3, 0.5]], dtype=torch.float64)
        >>> torch.allclose(log(SPHERE.metric, z, exp(SPHERE.metric, z, v)), v)
        True
    """
    z0, z1 = (z.contiguous() for z in check_tangents(check_points("z0", z0), z1=z1))
    # A shot is integrated ten times finer than it is asked to hit (`shooting`): at the default of `exp`.
    rtol = 10 * default_rtol(z0.dtype) if rtol is None else rtol
    batch, d = z0.shape[:-1], z0.shape[-1]
    with constant_weights() if shooting else nullcontext():
        found = geodesic(metric, z0, z1, n_segments=n_segments, **options)
        v = initial_velocity(metric, found.curve)
    converged, n_steps, residual = found.converged, found.n_steps, found.residual
    if shooting:
        with constant_weights():
            ends = tuple(z.detach().reshape(-1, d) for z in (z0, z1))
            method = "projection" if metric.has_features else "ode"
            turned = transport_matrices(metric, found.curve, method=method)[..., -1, :, :].reshape(-1, d, d)
            flat = shoot(metric, *ends, v.reshape(-1, d), turned, rtol=rtol, max_shots=max_shots)
            flat = _shoot_again(metric, *ends, found, flat, v.reshape(-1, d), rtol=rtol, max_shots=max_shots)
        converged, n_steps, residual = (x.reshape(batch) for x in flat[1:])
        v = attach_log(metric, z0, z1, flat[0].reshape(*batch, d), converged, rtol / 10)
    if return_result:
        return LogResult(v, metric.norm(z0, v), converged, n_steps, residual)
    report_unconverged("log", converged, residual)
    return v


def _shoot_again(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    found: GeodesicResult,
    flat: tuple[Tensor, Tensor, Tensor, Tensor],
    v: Tensor,
    *,
    rtol: float,
    max_shots: int,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Shoot at the ends that were missed, from what multiple shooting finds beside the discrete geodesics."""
    best, hit, shots, miss = flat
    lost = (~hit & miss.isfinite() & (shots < max_shots)).nonzero()[:, 0]
    if not lost.numel():
        return flat
    curve, length = found.curve.detach().reshape(len(v), -1, v.shape[-1]), found.length.detach().reshape(-1)
    # The speed of a geodesic is its length; where a metric is nearly singular, no difference quotient has it.
    speed = (length / metric.norm(z0, v).clamp(min=torch.finfo(v.dtype).tiny ** 0.5))[lost, None]
    sewn, derivative, closed = sew(metric, curve[lost], speed * v[lost], rtol=rtol)
    if sewn is None or not closed.any():
        return flat
    rows = lost[closed]
    left = int(max_shots - shots[rows].max())
    again = shoot(
        metric, z0[rows], z1[rows], sewn[closed], derivative[closed], rtol=rtol, max_shots=left, far=torch.inf
    )
    better = again[3] < miss[rows]
    for old, new in zip((best, hit, miss), (again[0], again[1], again[3])):
        old[rows[better]] = new[better]
    shots[rows] += again[2]
    return best, hit, shots, miss


def initial_velocity(metric: Metric, curve: Tensor) -> Tensor:
    """Read the velocity at the first node off discrete geodesics (*batch, n + 1, d): (*batch, d).

    With features it is minus the gradient of the discrete energy with respect to that node; without, the
    derivative of the polynomial through the first nodes.
    """
    n = curve.shape[-2] - 1
    if not metric.has_features:
        return end_derivative(curve) * n
    x, jacobian = metric.features_and_jacobian(curve[..., 0, :])
    chord = n * (metric.features(curve[..., 1, :]) - x)
    Q, R = torch.linalg.qr(jacobian)
    # Only what rounding has lost altogether: a steep metric still has its directions in R, if not in J^T J.
    pivots = R.diagonal(dim1=-2, dim2=-1).abs()
    full = R.shape[-2] == R.shape[-1]
    regular = pivots.amin(-1) > torch.finfo(R.dtype).eps * pivots.amax(-1)
    refuse_singular(jacobian.mT @ jacobian, regular if full else torch.zeros_like(regular))
    return torch.linalg.solve_triangular(R, Q.mT @ chord[..., None], upper=True)[..., 0]


def report_unconverged(name: str, converged: Tensor, residual: Tensor) -> None:
    """Warn of results that did not converge, with their number and the largest residual."""
    if not converged.all():
        missed = ~converged
        warnings.warn(
            f"{name}: {int(missed.sum())} of {missed.numel()} did not converge (largest residual "
            f"{float(residual[missed].max()):.1e}); return_result=True tells which",
            UserWarning,
            stacklevel=3,
        )
