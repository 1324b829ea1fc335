"""Ways from one point to another that people draw films along, side by side."""

import warnings

import torch
from torch import Tensor

from pullback.checks import check_count, check_points
from pullback.curves.discrete_curve import even_spacing, linear_interpolation
from pullback.geodesics.geodesic import geodesic
from pullback.metrics.base import Metric

WAYS = ("linear", "slerp", "even", "geodesic")

# Pieces of the straight line per step of the result, between which its speed is taken as constant.
_PIECES = 16


def interpolate(
    metric: Metric, z0: Tensor, z1: Tensor, *, how: str = "geodesic", n_segments: int = 48, **options
) -> Tensor:
    r"""Draw a curve from z0 to z1, in one of the four ways that people choose among (`eq-slerp`).

    $$\frac{\sin (1 - t) \Omega}{\sin \Omega} z_0 + \frac{\sin t \Omega}{\sin \Omega} z_1, \qquad
    \cos \Omega = \frac{z_0 \cdot z_1}{\lvert z_0 \rvert \lvert z_1 \rvert}$$

    is "slerp" (Shoemake 1985; White 2016 for codes): equal angles along the great circle where both ends are
    equally far from the origin. It keeps away from the origin, where codes of a normal prior in many
    dimensions never are, and knows no decoder. "linear" takes equal steps of the code along the straight
    line. "even" stays on that line and takes equal steps of the metric, so that the picture changes at an
    even pace, to two per cent of a step. "geodesic" is the shortest way that `geodesic` finds.

    The first three cost next to nothing: 16 values of the decoder per step for "even".

    Args:
        metric: any metric; "linear" and "slerp" do not ask it.
        z0: (*batch, d) first ends.
        z1: (*batch, d) second ends; the batches broadcast.
        how: one of the four.
        n_segments: steps of the curve.
        **options: passed to `geodesic`.

    Returns:
        (*batch, n_segments + 1, d) points, the ends exact.

    Raises:
        ValueError: for another way, options that the way does not have, bad points, and for "slerp" between
            ends of opposite directions or at the origin, between which no great circle is singled out.

    Warns:
        UserWarning: with the count, where geodesics did not converge.

    Example:
        >>> from pullback import EuclideanMetric, interpolate
        >>> z0, z1 = torch.eye(2)
        >>> interpolate(EuclideanMetric(), z0, z1, how="slerp", n_segments=2)[1].tolist()
        [0.7071067690849304, 0.7071067690849304]
    """
    if how not in WAYS:
        raise ValueError(f"how: got {how!r}, expected one of {', '.join(map(repr, WAYS))}")
    n_segments = check_count("n_segments", n_segments)
    if how == "geodesic":
        found = geodesic(metric, z0, z1, n_segments=n_segments, **options)
        if not found.converged.all():
            warnings.warn(f"interpolate: {found.message}", UserWarning, stacklevel=2)
        return found.curve
    if options:
        raise ValueError(f"{next(iter(options))}: got an option that {how!r} does not have, expected none")
    z0 = check_points("z0", z0)
    z1 = check_points("z1", z1, d=z0.shape[-1])
    if how == "slerp":
        return _slerp(z0, z1, n_segments)
    if how == "linear":
        return linear_interpolation(z0, z1, n_segments)
    return even_spacing(metric, linear_interpolation(z0, z1, _PIECES * n_segments), n_segments)


def _slerp(z0: Tensor, z1: Tensor, n_segments: int) -> Tensor:
    z0, z1 = torch.broadcast_tensors(z0, z1)
    size0, size1 = z0.norm(dim=-1, keepdim=True), z1.norm(dim=-1, keepdim=True)
    for name, size in (("z0", size0), ("z1", size1)):
        if (size == 0).any():
            raise ValueError(f"{name}: got the origin, expected points with a direction for how='slerp'")
    u, v = z0 / size0, z1 / size1
    # Of small and of nearly straight angles the arc cosine has half the digits.
    angle = 2 * torch.atan2((u - v).norm(dim=-1, keepdim=True), (u + v).norm(dim=-1, keepdim=True))
    unit = torch.finfo(z0.dtype).eps ** 0.5
    if (torch.pi - angle < unit).any():
        raise ValueError("z1: got a point opposite to z0, expected another direction for how='slerp'")
    t = torch.linspace(0, 1, n_segments + 1, dtype=z0.dtype, device=z0.device)[:, None]
    angle = angle[..., None, :]
    near = angle < unit  # there sin(t a) / sin(a) is t to the last bit
    safe = torch.where(near, 1.0, angle)
    first = torch.where(near, 1 - t, ((1 - t) * safe).sin() / safe.sin())
    last = torch.where(near, t, (t * safe).sin() / safe.sin())
    curve = first * z0[..., None, :] + last * z1[..., None, :]
    return torch.cat([z0[..., None, :], curve[..., 1:-1, :], z1[..., None, :]], dim=-2)
