"""Discrete curves: the straight latent line, length, energy, and reading a curve between its nodes."""

import torch
from scipy.interpolate import CubicSpline
from torch import Tensor

from pullback.checks import check_count, check_tensor
from pullback.metrics.base import Metric

GAUSS_NODES = (0.5 - 3**-0.5 / 2, 0.5 + 3**-0.5 / 2)
"""Nodes of the two-point Gauss rule on [0, 1], exact for cubics: (1 -+ 1 / sqrt 3) / 2, weights 1 / 2."""


def linear_interpolation(z0: Tensor, z1: Tensor, n_segments: int) -> Tensor:
    """Draw the straight latent line from z0 to z1: c_i = (1 - i / n) z0 + (i / n) z1.

    Args:
        z0: (*batch, d) first ends.
        z1: (*batch, d) second ends; the batches broadcast.
        n_segments: number of segments n, at least 1.

    Returns:
        (*batch, n_segments + 1, d) nodes, the ends exact.

    Raises:
        ValueError: when n_segments is below 1 or the ends differ in dimension.

    Example:
        >>> from pullback import linear_interpolation
        >>> linear_interpolation(torch.zeros(2), torch.tensor([1.0, 2.0]), n_segments=2).tolist()
        [[0.0, 0.0], [0.5, 1.0], [1.0, 2.0]]
    """
    n_segments = check_count("n_segments", n_segments)
    z0, z1 = check_tensor("z0", z0), check_tensor("z1", z1)
    if z0.ndim == 0 or z1.ndim == 0 or z0.shape[-1] != z1.shape[-1]:
        raise ValueError(f"z1: got shape {tuple(z1.shape)}, expected (*batch, d) as z0's {tuple(z0.shape)}")
    z0, z1 = torch.broadcast_tensors(z0, z1)
    t = torch.linspace(0, 1, n_segments + 1, dtype=z0.dtype, device=z0.device)[:, None]
    return (1 - t) * z0[..., None, :] + t * z1[..., None, :]


def segment_lengths(metric: Metric, curve: Tensor) -> Tensor:
    """Measure the pieces of a curve (*batch, n + 1, d): (*batch, n), or (*batch, n, 2) without features.

    With features a piece is an ambient chord. Without, a piece is half a straight latent segment with the
    metric at one of the two Gauss nodes, so that a few points cannot cheat the quadrature by stepping over a
    steep place.
    """
    if metric.has_features:
        return metric.features(curve).diff(dim=-2).norm(dim=-1)
    step = curve.diff(dim=-2)
    halves = [metric.norm(curve[..., :-1, :] + t * step, step) / 2 for t in GAUSS_NODES]
    return torch.stack(halves, dim=-1)


def discrete_energy(metric: Metric, curve: Tensor) -> Tensor:
    """Sum the squares of the pieces of curves (*batch, n + 1, d), times n / 2: (*batch,), smooth at zero."""
    n = curve.shape[-2] - 1
    if metric.has_features:
        return n / 2 * metric.features(curve).diff(dim=-2).square().sum((-2, -1))
    step = curve.diff(dim=-2)
    products = [metric.inner_product(curve[..., :-1, :] + t * step, step, step) for t in GAUSS_NODES]
    return n / 4 * sum(products).sum(-1)


def curve_length(metric: Metric, curve: Tensor) -> Tensor:
    r"""Measure the length of a discrete curve (`eq-curve-length`).

    $$L = \sum_i \lVert f(c_{i+1}) - f(c_i) \rVert$$

    For a metric without features f, $\lVert\dot c\rVert_{G(c)}$ is integrated over the straight latent
    segments by the two-point Gauss rule. Costs one value of f per node, or the metric at two points per
    segment.

    Args:
        metric: any metric.
        curve: (*batch, n + 1, d) nodes.

    Returns:
        (*batch,) lengths.

    Raises:
        ValueError: for a curve of fewer than two nodes, or of the wrong dtype.

    Example:
        >>> from pullback import curve_length, linear_interpolation
        >>> from pullback.surfaces import SPHERE
        >>> z0, z1 = torch.tensor([[torch.pi / 6, 0], [torch.pi / 6, 2 * torch.pi]], dtype=torch.float64)
        >>> round(curve_length(SPHERE.metric, linear_interpolation(z0, z1, 400)).item(), 3)
        3.142
    """
    _check_curve(curve)
    return segment_lengths(metric, curve).flatten(curve.ndim - 2).sum(-1)


def curve_energy(metric: Metric, curve: Tensor) -> Tensor:
    r"""Measure the energy of a discrete curve run through in unit time (`eq-curve-energy`,
    `eq-discrete-energy`).

    $$E = \tfrac{1}{2} \sum_{i=0}^{n-1} n \, \lVert f(c_{i+1}) - f(c_i) \rVert^2$$

    Shao, Kumar and Fletcher (2017), section 3; their sum must end at n - 1. $L^2 \le 2 E$, with equality at
    constant speed. For a metric without features the integrand is taken by the two-point Gauss rule. Costs
    what `curve_length` does.

    Args:
        metric: any metric.
        curve: (*batch, n + 1, d) nodes.

    Returns:
        (*batch,) energies.

    Raises:
        ValueError: for a curve of fewer than two nodes, or of the wrong dtype.

    Example:
        >>> from pullback import curve_energy, curve_length, linear_interpolation
        >>> from pullback.surfaces import SPHERE
        >>> z0, z1 = torch.tensor([[torch.pi / 2, 0], [torch.pi / 2, 2]], dtype=torch.float64)
        >>> curve = linear_interpolation(z0, z1, 400)
        >>> [round(f(SPHERE.metric, curve).item(), 4) for f in (curve_length, curve_energy)]
        [2.0, 2.0]
    """
    _check_curve(curve)
    pieces = segment_lengths(metric, curve).flatten(curve.ndim - 2)
    return pieces.shape[-1] / 2 * pieces.square().sum(-1)


def resample(curve: Tensor, n_segments: int) -> Tensor:
    """Read a curve at equally spaced parameters off the cubic spline (not-a-knot) through its nodes.

    The nodes of a discrete geodesic are accurate to second order in the distance between them, and its length
    to fourth order; straight latent pieces between the nodes would spoil that, the spline keeps it.

    Args:
        curve: (*batch, n + 1, d) nodes at the parameters i / n.
        n_segments: segments of the finer (or coarser) curve.

    Returns:
        (*batch, n_segments + 1, d) nodes, the ends exact.

    Raises:
        ValueError: for a curve of fewer than two nodes, or n_segments below 1.
    """
    _check_curve(curve)
    n_segments = check_count("n_segments", n_segments)
    n = curve.shape[-2] - 1
    weights = _spline_weights(n, n_segments).to(curve)
    return torch.cat([curve[..., :1, :], weights @ curve, curve[..., -1:, :]], dim=-2)


def even_spacing(metric: Metric, curve: Tensor, n_segments: int | None = None) -> Tensor:
    """Read polygons at points between which they are equally long in the metric.

    Args:
        metric: any metric.
        curve: (*batch, n + 1, d) nodes.
        n_segments: segments of the result; n by default.

    Returns:
        (*batch, n_segments + 1, d), the ends exact.
    """
    n = curve.shape[-2] - 1
    n_segments = n if n_segments is None else n_segments
    pieces = segment_lengths(metric, curve)
    pieces = pieces if metric.has_features else pieces.sum(-1)
    passed = torch.cat([torch.zeros_like(pieces[..., :1]), pieces.cumsum(-1)], dim=-1)
    t = torch.linspace(0, 1, n_segments + 1, dtype=curve.dtype, device=curve.device)
    at = t * passed[..., -1:]
    i = (torch.searchsorted(passed, at) - 1).clamp(0, pieces.shape[-1] - 1)
    share = (at - passed.gather(-1, i)) / pieces.gather(-1, i)
    share = share.clamp(0, 1).nan_to_num(0.5)[..., None]
    start, end = (curve.gather(-2, j[..., None].expand(*j.shape, curve.shape[-1])) for j in (i, i + 1))
    inner = (start + share * (end - start))[..., 1:-1, :]
    return torch.cat([curve[..., :1, :], inner, curve[..., -1:, :]], dim=-2)


def _spline_weights(n: int, n_segments: int) -> Tensor:
    """The linear map from n + 1 nodes to the inner points: (n_segments - 1, n + 1), float64."""
    knots = torch.linspace(0, 1, n + 1, dtype=torch.float64, device="cpu")
    inner = torch.linspace(0, 1, n_segments + 1, dtype=torch.float64, device="cpu")[1:-1]
    spline = CubicSpline(knots.numpy(), torch.eye(n + 1, dtype=torch.float64, device="cpu").numpy())
    return torch.from_numpy(spline(inner.numpy()))


def _check_curve(curve: Tensor) -> None:
    if curve.ndim < 2 or curve.shape[-2] < 2:
        raise ValueError(
            f"curve: got shape {tuple(curve.shape)}, expected (*batch, n + 1, d) with n + 1 >= 2"
        )
