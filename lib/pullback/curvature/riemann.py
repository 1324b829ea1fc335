"""Curvature of a metric: Riemann, Ricci, scalar, sectional and Gaussian, from inside and from outside."""

from collections.abc import Callable

import torch
from torch import Tensor

from pullback.checks import check_points, check_tangents
from pullback.curvature.connection import is_extrinsic, tangents_and_second
from pullback.curvature.parts import by_parts
from pullback.metrics.base import Metric
from pullback.metrics.metric_derivatives import (
    lowered_riemann,
    metric_derivative,
    metric_second_derivative,
    plane_curvature,
)
from pullback.numerics.linear_algebra import cholesky, normal_part

# Numbers of a second fundamental form held at a time, in all points of a chunk: 64 MiB in double precision.
_CHUNK_ENTRIES = 1 << 23


def riemann_tensor(metric: Metric, z: Tensor, *, method: str = "auto") -> Tensor:
    r"""Evaluate the Riemann curvature tensor, all indices lower (`eq-riemann`, `eq-gauss-equation`).

    $$R_{ijkl} = \langle R(\partial_i, \partial_j) \partial_k, \partial_l \rangle
        = \langle II_{jk}, II_{il} \rangle - \langle II_{ik}, II_{jl} \rangle$$

    with R(X, Y) Z = D_X D_Y Z - D_Y D_X Z - D_[X,Y] Z. In this order R(u, v, v, u) over the squared area of
    the plane is its sectional curvature, positive on the sphere; many books swap the last two indices. The
    second form, with the second fundamental form II of the features, needs second derivatives only: it costs
    d tangents and d (d + 1) / 2 second derivatives of the map per point, in chunks that bound the memory;
    without features as many first and second derivatives of G.

    Args:
        metric: any metric.
        z: (*batch, d) points.
        method: "extrinsic" uses the features, "intrinsic" two derivatives of the metric, "auto" features if
            any.

    Returns:
        (*batch, d, d, d, d) tensor.

    Raises:
        ValueError: where the metric is singular, for points that are not finite, and for an unknown method.

    Example:
        >>> from pullback import riemann_tensor
        >>> from pullback.surfaces import SPHERE
        >>> R = riemann_tensor(SPHERE.metric, torch.tensor([torch.pi / 4, 0.0], dtype=torch.float64))
        >>> round(R[0, 1, 1, 0].item(), 6), round(R[0, 1, 0, 1].item(), 6)
        (0.5, -0.5)
    """
    z = check_points("z", z)
    if not is_extrinsic(metric, method):
        G, dG = metric_derivative(metric, z)
        return lowered_riemann(dG, metric_second_derivative(metric, z), torch.cholesky_inverse(cholesky(G)))
    return _per_chunk(metric, z, lambda L, II: _gauss(II))


def ricci_tensor(metric: Metric, z: Tensor, *, method: str = "auto") -> Tensor:
    r"""Evaluate the Ricci tensor (`eq-ricci`): R_jk = G^{il} R_ijkl, (d - 1) G on the unit sphere.

    Along a unit vector it is a sum, not a mean, of sectional curvatures: of the d - 1 planes that the vector
    spans with the others of an orthonormal frame.

    Costs what `riemann_tensor` does, without the d^4 numbers of that tensor where there are features.

    Args:
        metric: any metric.
        z: (*batch, d) points.
        method: as in `riemann_tensor`.

    Returns:
        (*batch, d, d) symmetric tensor, lower indices.

    Raises:
        ValueError: where the metric is singular, for points that are not finite, and for an unknown method.

    Example:
        >>> from pullback import ricci_tensor
        >>> from pullback.surfaces import THREE_SPHERE
        >>> z = torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64)
        >>> torch.allclose(ricci_tensor(THREE_SPHERE.metric, z), 2 * THREE_SPHERE.metric.matrix(z))
        True
    """
    z = check_points("z", z)
    if not is_extrinsic(metric, method):
        R = riemann_tensor(metric, z, method=method)
        return torch.einsum("...il,...ijkl->...jk", metric.cometric(z), R)

    def contract(L: Tensor, II: Tensor) -> Tensor:
        B = _in_orthonormal_frame(L, II)
        trace = torch.einsum("...aii->...a", B)
        whitened = torch.einsum("...a,...ajk->...jk", trace, B) - torch.einsum("...aij,...aik->...jk", B, B)
        return L @ whitened @ L.mT

    return _per_chunk(metric, z, contract)


def scalar_curvature(metric: Metric, z: Tensor, *, method: str = "auto") -> Tensor:
    r"""Evaluate the scalar curvature (`eq-scalar`): G^{jk} R_jk, d (d - 1) on the unit sphere, 0 for d = 1.

    It is the sum of the sectional curvatures of all ordered pairs of an orthonormal frame, each plane twice.

    Costs what `riemann_tensor` does, without the d^4 numbers of that tensor where there are features.

    Args:
        metric: any metric.
        z: (*batch, d) points.
        method: as in `riemann_tensor`.

    Returns:
        (*batch,) curvatures, twice the Gaussian one for d = 2.

    Raises:
        ValueError: where the metric is singular, for points that are not finite, and for an unknown method.

    Example:
        >>> from pullback import scalar_curvature
        >>> from pullback.surfaces import THREE_SPHERE
        >>> z = torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64)
        >>> round(scalar_curvature(THREE_SPHERE.metric, z).item(), 6)
        6.0
    """
    z = check_points("z", z)
    if not is_extrinsic(metric, method):
        return torch.einsum("...jk,...jk->...", metric.cometric(z), ricci_tensor(metric, z, method=method))

    def contract(L: Tensor, II: Tensor) -> Tensor:
        B = _in_orthonormal_frame(L, II)
        return torch.einsum("...aii->...a", B).square().sum(-1) - B.square().sum((-3, -2, -1))

    return _per_chunk(metric, z, contract)


def sectional_curvature(metric: Metric, z: Tensor, u: Tensor, v: Tensor, *, method: str = "auto") -> Tensor:
    r"""Evaluate the sectional curvature of the plane of u and v (`eq-sectional`, `eq-gauss-equation`).

    $$K(u, v) = \frac{R(u, v, v, u)}{|u|^2 |v|^2 - \langle u, v \rangle^2}
        = \frac{\langle II(u, u), II(v, v) \rangle - |II(u, v)|^2}{|u|^2 |v|^2 - \langle u, v \rangle^2}$$

    With features it costs d + 2 tangents and three second derivatives of the map per point, never the d^2 of
    the Hessian; without, d + 2 first and three second derivatives of G.

    Args:
        metric: any metric with d of 2 or more.
        z: (*batch, d) points.
        u: (*batch, d) tangent vectors.
        v: (*batch, d) tangent vectors, not parallel to u.
        method: as in `riemann_tensor`.

    Returns:
        (*batch,) curvatures, 1 on the unit sphere.

    Raises:
        ValueError: for d = 1, for parallel or zero vectors, where the metric is singular, and for bad points.

    Example:
        >>> from pullback import sectional_curvature
        >>> from pullback.surfaces import THREE_SPHERE
        >>> z, u, v = torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 2.0, 3.0]], dtype=torch.float64)
        >>> round(sectional_curvature(THREE_SPHERE.metric, z, u, v).item(), 6)
        1.0
    """
    z = check_points("z", z)
    if z.shape[-1] < 2:
        raise ValueError(f"z: got {z.shape[-1]} latent coordinate, expected 2 or more, or there is no plane")
    z, u, v = check_tangents(z, u=u, v=v)
    length2, c = u.square().sum(-1), (u * v).sum(-1)
    # The plane is that of u and w, and bilinear forms of w lose no digits where v is nearly parallel to u.
    w = v - (c / length2)[..., None] * u
    _check_plane(length2, w.square().sum(-1), v.square().sum(-1))
    if not is_extrinsic(metric, method):
        return _intrinsic_sectional(metric, z, u, w)

    def of_points(z: Tensor, u: Tensor, w: Tensor) -> Tensor:
        J, (Ju, Jw), H = tangents_and_second(metric, z, [u, w], [(0, 0), (1, 1), (0, 1)])
        II = normal_part(J, cholesky(J.mT @ J), torch.stack(H, dim=-1))
        return _plane_curvature(Ju, Jw, *II.unbind(-1))

    return by_parts(metric, of_points, z, u, w, kept=3)


def gaussian_curvature(metric: Metric, z: Tensor, *, method: str = "auto") -> Tensor:
    r"""Evaluate the Gaussian curvature of a two-dimensional metric (`eq-gaussian-curvature`).

    $$K = R_{1221} / \det G$$

    Costs two tangents and three second derivatives of the map per point, or four first and three second
    derivatives of G.

    Args:
        metric: any metric with d = 2.
        z: (*batch, 2) points.
        method: as in `riemann_tensor`.

    Returns:
        (*batch,) curvatures, 1 on the unit sphere.

    Raises:
        ValueError: for d other than 2, where the metric is singular, and for points that are not finite.

    Example:
        >>> from pullback import gaussian_curvature
        >>> from pullback.surfaces import PSEUDOSPHERE
        >>> z = torch.tensor([1.0, 0.0], dtype=torch.float64)
        >>> round(gaussian_curvature(PSEUDOSPHERE.metric, z).item(), 6)
        -1.0
    """
    z = check_points("z", z)
    if z.shape[-1] != 2:
        raise ValueError(
            f"z: got {z.shape[-1]} latent coordinates, expected 2; use sectional_curvature for more"
        )
    if is_extrinsic(metric, method):
        return by_parts(metric, lambda z: _of_two_coordinates(metric, z), z)
    e = torch.eye(2, dtype=z.dtype, device=z.device).expand(*z.shape, 2)
    return _intrinsic_sectional(metric, z, e[..., 0], e[..., 1])


def _of_two_coordinates(metric: Metric, z: Tensor) -> Tensor:
    _, J, H = metric.feature_map.value_jacobian_and_hessian(z)
    II = normal_part(J, cholesky(J.mT @ J), H.flatten(-2))
    return _plane_curvature(J[..., 0], J[..., 1], II[..., 0], II[..., 3], II[..., 1])


def _plane_curvature(Ju: Tensor, Jv: Tensor, uu: Tensor, vv: Tensor, uv: Tensor) -> Tensor:
    """Evaluate the Gauss equation for one plane, in the basis of u and the part of v orthogonal to u."""
    length2 = Ju.square().sum(-1)
    c = (Ju * Jv).sum(-1) / length2
    height2 = (Jv - c[..., None] * Ju).square().sum(-1)
    _check_plane(length2, height2, Jv.square().sum(-1))
    c = c[..., None]
    vv, uv = vv - 2 * c * uv + c**2 * uu, uv - c * uu
    return ((uu * vv).sum(-1) - uv.square().sum(-1)) / (length2 * height2)


def _intrinsic_sectional(metric: Metric, z: Tensor, u: Tensor, v: Tensor) -> Tensor:
    G = metric.matrix(z)
    uu, uv, vv = (torch.einsum("...i,...ij,...j->...", a, G, b) for a, b in ((u, u), (u, v), (v, v)))
    c = (uv / uu)[..., None]
    w = v - c * u
    height2 = torch.einsum("...i,...ij,...j->...", w, G, w)
    cometric = torch.cholesky_inverse(cholesky(G))
    _check_plane(uu, height2, vv)
    return plane_curvature(metric, z, u, w, cometric) / (uu * height2)


def _check_plane(length2: Tensor, height2: Tensor, full2: Tensor) -> None:
    eps = torch.finfo(length2.dtype).eps
    plane = (length2 > 0) & (height2 > (64 * eps) ** 2 * full2)
    if not plane.all():
        raise ValueError(
            f"u, v: got parallel or zero vectors at {int((~plane).sum())} of {plane.numel()} points, "
            "expected a plane"
        )


def _gauss(II: Tensor) -> Tensor:
    half = torch.einsum("...ajk,...ail->...ijkl", II, II)
    return half - half.transpose(-4, -3)


def _in_orthonormal_frame(L: Tensor, II: Tensor) -> Tensor:
    """Components of II (*batch, m, d, d) in the frame that makes G = L L^T the identity."""
    L = L[..., None, :, :]
    left = torch.linalg.solve_triangular(L, II, upper=False)
    return torch.linalg.solve_triangular(L, left.mT, upper=False)


def _per_chunk(metric: Metric, z: Tensor, contract: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Contract the factor of G and the second fundamental form, of few enough points at a time to be held."""
    d = z.shape[-1]
    flat = z.reshape(-1, d)
    m = metric.features(flat[:1]).shape[-1]
    parts = []
    for chunk in flat.split(max(1, _CHUNK_ENTRIES // (m * d * d))):
        _, J, H = metric.feature_map.value_jacobian_and_hessian(chunk)
        L = cholesky(J.mT @ J)
        parts.append(contract(L, normal_part(J, L, H.flatten(-2)).reshape(H.shape)))
    result = torch.cat(parts)
    return result.reshape(z.shape[:-1] + result.shape[1:])
