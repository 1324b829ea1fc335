"""A metric scaled by a positive function."""

from torch import Tensor

from pullback.checks import check_points
from pullback.metrics.base import EuclideanMetric, Map, Metric, check_matrix, seen


class ConformalMetric(Metric):
    r"""A metric scaled by a positive function (`eq-conformal-metric`): G(z) = factor(z) G_base(z).

    It has no features, whatever the base has: solvers and curvatures differentiate its matrix.

    Args:
        factor: callable (*batch, d) -> (*batch,), positive.
        base: the metric to scale, Euclidean by default.

    Raises:
        ValueError: when `factor` is not callable.

    Example:
        >>> from pullback import ConformalMetric
        >>> half_plane = ConformalMetric(lambda z: z[..., 1] ** -2)
        >>> half_plane.norm(torch.tensor([0.0, 2.0]), torch.tensor([1.0, 0.0])).item()
        0.5
    """

    def __init__(self, factor: Map, base: Metric | None = None) -> None:
        if not callable(factor):
            raise ValueError(
                f"factor: got {type(factor).__name__}, expected a callable (*batch, d) -> (*batch,)"
            )
        self.factor = factor
        self.base = base if base is not None else EuclideanMetric()

    def matrix(self, z: Tensor) -> Tensor:
        """Evaluate factor(z) G_base(z) at points (*batch, d): (*batch, d, d)."""
        z = check_points("z", z)
        factor = self.factor(z)
        if not isinstance(factor, Tensor) or factor.shape != z.shape[:-1] or factor.dtype != z.dtype:
            raise ValueError(f"factor: got {seen(factor)}, expected shape {tuple(z.shape[:-1])} of {z.dtype}")
        if not (factor > 0).all():
            raise ValueError(f"factor: got values down to {float(factor.min())}, expected positive ones")
        return check_matrix(factor[..., None, None] * self.base.matrix(z))
