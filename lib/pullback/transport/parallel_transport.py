"""Parallel transport along curves, by three methods, and holonomy round loops."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from pullback.checks import check_points, check_tangents
from pullback.curves.stencils import node_derivatives
from pullback.metrics.base import Metric
from pullback.numerics.linear_algebra import cholesky
from pullback.transport.flow import mixed_acceleration
from pullback.transport.pole_ladder import pole_ladder

# Up to this dimension the matrices of the linear equation cost less than waiting for vectors, stage by stage.
_MATRIX_DIM = 6


def parallel_transport(
    metric: Metric, curve: Tensor, v: Tensor, *, method: str = "ode", return_field: bool = False
) -> Tensor:
    r"""Carry a tangent vector along a curve without turning it (`eq-parallel-transport`).

    $$\dot v^k + \Gamma^k_{ij} \dot c^i v^j = 0$$

    Methods, with the order of their error in the distance h of the nodes of a smooth curve:

    * "ode": Runge-Kutta of order 4 along the cubic through the nodes, whose slopes there come from five
      neighbours. A corner of the curve is rounded over one segment, which costs order 2.
    * "projection": the vector is carried from tangent plane to tangent plane in feature space by the rotation
      nearest to the orthogonal projection. Keeps inner products to rounding; order 2. Needs a metric with
      features. (Shao, Kumar and Fletcher's own projection, which rescales but lets angles drift, is
      `shao_translation`.)
    * "pole-ladder": geodesic parallelograms along the geodesic polygon through the nodes; order 2, and
      exact on symmetric spaces (sphere, hyperbolic space) along geodesics.

    "projection" costs d tangents of the map per node and is the cheapest. "ode" costs 2 d calls of
    `geodesic_acceleration` at each of 2 n + 1 points, or 8 per segment where d is above 6; "pole-ladder" some
    hundreds per segment.

    Args:
        metric: any metric.
        curve: (*batch, n + 1, d) nodes at equal parameters, n at least 1.
        v: (*batch, d) vectors at `curve[..., 0, :]`; the batches broadcast.
        method: "ode", "projection" or "pole-ladder".
        return_field: return the vectors at all nodes.

    Returns:
        (*batch, d) vectors at `curve[..., -1, :]`, or (*batch, n + 1, d) with `return_field`.

    Raises:
        ValueError: for a bad curve or vector, an unknown method, "projection" on a metric without features,
            or a metric that is singular on a curve.

    Example:
        >>> from pullback import parallel_transport
        >>> from pullback.surfaces import SPHERE
        >>> phi = torch.linspace(0, 2 * torch.pi, 65, dtype=torch.float64)
        >>> circle, v = torch.stack([torch.full_like(phi, torch.pi / 3), phi], dim=-1), torch.eye(2).double()
        >>> torch.allclose(parallel_transport(SPHERE.metric, circle, v), -v, atol=1e-4)
        True
    """
    check_curve("curve", curve)
    v = check_tangents(curve[..., 0, :], v=v)[1].contiguous()
    curve = curve.expand(*v.shape[:-1], *curve.shape[-2:]).contiguous()
    match method:
        case "ode":
            field = _ode(metric, curve, v[..., None, :])[..., 0, :]
        case "projection":
            if not metric.has_features:
                raise ValueError(
                    f"method: got 'projection' for a {type(metric).__name__}, which has no features; "
                    "expected 'ode' or 'pole-ladder'"
                )
            field = _projection(metric, curve, v)
        case "pole-ladder":
            field = pole_ladder(metric, curve, v)
        case _:
            raise ValueError(f"method: got {method!r}, expected 'ode', 'projection' or 'pole-ladder'")
    lost = ~field.isfinite().all(-1).all(-1)
    if lost.any():
        raise ValueError(
            f"metric: singular on {int(lost.sum())} of {lost.numel()} curves, expected it positive definite"
        )
    return field if return_field else field[..., -1, :]


def check_curve(name: str, curve: Tensor) -> Tensor:
    """Return the curve if it is a finite tensor (*batch, n + 1, d) with n of 1 or more."""
    check_points(name, curve)
    if curve.ndim < 2 or curve.shape[-2] < 2:
        raise ValueError(
            f"{name}: got shape {tuple(curve.shape)}, expected (*batch, n + 1, d) with n at least 1"
        )
    return curve


def transport_matrices(metric: Metric, curve: Tensor, *, method: str = "ode") -> Tensor:
    """Transport all vectors at once: the linear maps from the first node to every node.

    Args:
        metric: any metric.
        curve: (*batch, n + 1, d) nodes.
        method: as in `parallel_transport`.

    Returns:
        (*batch, n + 1, d, d); entry [..., i, :, :] maps coordinates at node 0 to coordinates at node i.

    Raises:
        ValueError: as `parallel_transport`.
    """
    check_curve("curve", curve)
    d = curve.shape[-1]
    basis = torch.eye(d, dtype=curve.dtype, device=curve.device)
    if method == "ode":
        return _ode(metric, curve, basis.expand(*curve.shape[:-2], d, d)).mT
    basis = basis.reshape(d, *[1] * (curve.ndim - 2), d)
    return parallel_transport(metric, curve, basis, method=method, return_field=True).movedim(0, -1)


def _ode(metric: Metric, curve: Tensor, v: Tensor) -> Tensor:
    """Transport vectors (*batch, k, d) with Runge-Kutta steps, one per segment: (*batch, n + 1, k, d)."""
    slope = node_derivatives(curve)
    before, after, left, right = curve[..., :-1, :], curve[..., 1:, :], slope[..., :-1, :], slope[..., 1:, :]
    middle = (before + after) / 2 + (left - right) / 8
    middle_slope = 1.5 * (after - before) - (left + right) / 4
    turn = _turning(metric, curve, slope)
    middle_turn = _turning(metric, middle, middle_slope)
    field = [v]
    for i in range(curve.shape[-2] - 1):
        k1 = turn(i, v)
        k2 = middle_turn(i, v + k1 / 2)
        k3 = middle_turn(i, v + k2 / 2)
        k4 = turn(i + 1, v + k3)
        v = v + (k1 + 2 * k2 + 2 * k3 + k4) / 6
        field.append(v)
    return torch.stack(field, dim=-3)


def _turning(metric: Metric, points: Tensor, velocity: Tensor) -> Callable[[int, Tensor], Tensor]:
    """Return the map (i, v) -> -Gamma(velocity_i, v) at the points (*batch, n, d), for v (*batch, k, d)."""
    d = points.shape[-1]

    def contract(z: Tensor, u: Tensor, v: Tensor) -> Tensor:
        return mixed_acceleration(metric, z[..., None, :].expand_as(v), u[..., None, :].expand_as(v), v)

    if d > _MATRIX_DIM:
        return lambda i, v: contract(points[..., i, :], velocity[..., i, :], v)
    basis = torch.eye(d, dtype=points.dtype, device=points.device).expand(*points.shape[:-1], d, d)
    matrices = contract(points, velocity, basis)
    return lambda i, v: v @ matrices[..., i, :, :]


def _projection(metric: Metric, curve: Tensor, v: Tensor) -> Tensor:
    """Transport by the rotation nearest to the projection from each tangent plane on the next."""
    _, jacobian = metric.features_and_jacobian(curve)
    Q, R = torch.linalg.qr(jacobian)
    overlap = Q[..., 1:, :, :].mT @ Q[..., :-1, :, :]
    left, _, right = torch.linalg.svd(overlap)
    rotation = left @ right
    frame = (R[..., 0, :, :] @ v[..., None])[..., 0]
    frames = [frame]
    for i in range(curve.shape[-2] - 1):
        frame = (rotation[..., i, :, :] @ frame[..., None])[..., 0]
        frames.append(frame)
    coordinates = torch.stack(frames, dim=-2)[..., None]
    return torch.linalg.solve_triangular(R, coordinates, upper=True)[..., 0]


def holonomy(metric: Metric, loop: Tensor, *, method: str = "ode") -> Tensor:
    r"""Measure the angle by which transport round a loop turns tangent vectors of a surface (`eq-holonomy`).

    $$\text{angle} = \int_{\text{inside}} K \, dA$$

    for a loop that bounds a disc of the chart and runs counter-clockwise in it (clockwise: the negative).
    The angle is positive from the first coordinate direction towards the second, and is followed along the
    loop against the chart's own orthonormal frame, so that it is not reduced modulo 2 pi: a parallel of
    the sphere in (theta, phi) gives -2 pi cos(theta), that of a cone of half-angle alpha in (distance to
    the tip, phi) -2 pi sin(alpha). Costs d transports along the loop.

    Args:
        metric: a metric of dimension 2.
        loop: (*batch, n + 1, 2) nodes; the last is the first, or the same point in a periodic coordinate.
        method: as in `parallel_transport`.

    Returns:
        (*batch,) angles in radians.

    Raises:
        ValueError: for another dimension (use `holonomy_matrix`), a curve that does not close, and as
            `parallel_transport`.

    Example:
        >>> from pullback import holonomy
        >>> from pullback.surfaces import CONE
        >>> phi = torch.linspace(0, 2 * torch.pi, 65, dtype=torch.float64)
        >>> round(holonomy(CONE.metric, torch.stack([torch.ones_like(phi), phi], dim=-1)).item(), 4)
        -3.1416
    """
    check_curve("loop", loop)
    if loop.shape[-1] != 2:
        raise ValueError(
            f"loop: got dimension {loop.shape[-1]}, expected 2; holonomy_matrix has no such limit"
        )
    turns = _frame_matrices(metric, loop, method)
    step = turns[..., 1:, :, :] @ turns[..., :-1, :, :].mT
    angles = torch.atan2(step[..., 1, 0] - step[..., 0, 1], step[..., 0, 0] + step[..., 1, 1])
    return angles.sum(-1)


def holonomy_matrix(metric: Metric, loop: Tensor, *, method: str = "ode") -> Tensor:
    r"""Evaluate the holonomy of a loop as a rotation of the tangent space at its base point (`eq-holonomy`).

    Costs d transports along the loop.

    Args:
        metric: any metric.
        loop: (*batch, n + 1, d) nodes; the last is the first, or the same point in a periodic coordinate.
        method: as in `parallel_transport`.

    Returns:
        (*batch, d, d) orthogonal matrices H with respect to the frame E = L^{-T}, where G = L L^T at the
        base point: the vector E x comes back as E H x.

    Raises:
        ValueError: for a curve that does not close, and as `parallel_transport`.

    Example:
        >>> from pullback import holonomy_matrix
        >>> from pullback.surfaces import CONE
        >>> phi = torch.linspace(0, 2 * torch.pi, 65)
        >>> H = holonomy_matrix(CONE.metric, torch.stack([torch.ones_like(phi), phi], dim=-1))
        >>> torch.allclose(H, -torch.eye(2), atol=1e-3)
        True
    """
    return _frame_matrices(metric, check_curve("loop", loop), method)[..., -1, :, :]


def _frame_matrices(metric: Metric, loop: Tensor, method: str) -> Tensor:
    """Transport from the first node to each, in orthonormal frames of the chart: (*batch, n + 1, d, d)."""
    G = metric.matrix(loop)
    _check_closed(metric, loop, G)
    L = cholesky(G)
    moved = L.mT @ transport_matrices(metric, loop, method=method)
    return torch.linalg.solve_triangular(L[..., :1, :, :].mT, moved, upper=True, left=False)


def _check_closed(metric: Metric, loop: Tensor, G: Tensor) -> None:
    # Half the digits: a loop that was drawn with sines and cosines of 2 pi closes to rounding alone.
    eps = math.sqrt(torch.finfo(loop.dtype).eps)
    gap = (loop[..., -1, :] - loop[..., 0, :]).norm(dim=-1)
    extent = (loop - loop[..., :1, :]).norm(dim=-1).amax(-1)
    closed = gap <= eps * extent
    if not closed.all():
        # a periodic coordinate: the chart does not close, but the surface does
        first, last = G[..., 0, :, :], G[..., -1, :, :]
        same = (last - first).abs().amax((-2, -1)) <= eps * first.abs().amax((-2, -1))
        if metric.has_features:
            x = metric.features(loop)
            width = (x - x[..., :1, :]).norm(dim=-1).amax(-1)
            same = same & ((x[..., -1, :] - x[..., 0, :]).norm(dim=-1) <= eps * width)
        closed = closed | same
    if not closed.all():
        raise ValueError(
            f"loop: got {int((~closed).sum())} of {closed.numel()} curves that end up to "
            f"{float(gap.max()):.2g} from where they start, expected closed ones"
        )
