"""A metric given by a formula."""

import torch
from torch import Tensor

from pullback.checks import check_points
from pullback.metrics.base import Map, Metric, check_matrix, seen


class MetricField(Metric):
    """A metric given by a formula G(z). It has no features: solvers and curvatures differentiate the formula.

    Args:
        matrix_fn: callable (*batch, d) -> (*batch, d, d), symmetric positive definite.

    Raises:
        ValueError: when `matrix_fn` is not callable.

    Example:
        >>> from pullback import MetricField
        >>> half_plane = MetricField(lambda z: torch.eye(2) / z[..., 1, None, None] ** 2)
        >>> half_plane.norm(torch.tensor([0.0, 2.0]), torch.tensor([1.0, 0.0])).item()
        0.5
    """

    def __init__(self, matrix_fn: Map) -> None:
        if not callable(matrix_fn):
            raise ValueError(
                f"matrix_fn: got {type(matrix_fn).__name__}, expected a callable z -> (*batch, d, d)"
            )
        self.matrix_fn = matrix_fn

    def matrix(self, z: Tensor) -> Tensor:
        """Evaluate the formula at points (*batch, d): (*batch, d, d)."""
        z = check_points("z", z)
        G = self.matrix_fn(z)
        expected = (*z.shape, z.shape[-1])
        if not isinstance(G, Tensor) or G.shape != expected or G.dtype != z.dtype:
            raise ValueError(f"matrix_fn: got {seen(G)}, expected shape {expected} of {z.dtype}")
        if not torch._C._functorch.is_batchedtensor(G) and _lopsided(G):
            raise ValueError("matrix_fn: got a matrix that is not symmetric, expected a symmetric one")
        return check_matrix(G)


def _lopsided(G: Tensor) -> bool:
    """Return whether a matrix differs from its transpose beyond rounding, in units of its largest entry."""
    gap, size = (G - G.mT).abs().amax((-2, -1)), G.abs().amax((-2, -1))
    return bool((gap > 1e-4 * size).any())
