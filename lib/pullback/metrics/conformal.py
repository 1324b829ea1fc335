"""A metric scaled by a positive function, and one by a density of the data."""

import torch
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


class DensityMetric(ConformalMetric):
    r"""A metric in which steps are long where data are rare (`eq-density-metric`).

    $$G(z) = p(z)^{-2 \beta / d} \, G_{\mathrm{base}}(z)$$

    A volume is $p^{-\beta}$ times that of the base. Shortest paths through n random points, with the length
    of every hop raised to the power $1 + \beta$, tend to the geodesics of this metric with the Euclidean base
    (Hwang, Damelin and Hero 2016, "Shortest path through random points"). A constant factor of p scales all
    lengths and changes no geodesic. It has no features: solvers differentiate the matrix.

    Args:
        log_density: callable (*batch, d) -> (*batch,), log p up to a constant.
        base: the metric to scale, Euclidean by default.
        beta: how much longer, 0 or more; 0 leaves the base.

    Raises:
        ValueError: when `log_density` is not callable, for a negative beta, and where log p is not finite.

    Example:
        >>> from pullback import DensityMetric
        >>> bell = DensityMetric(lambda z: -z.square().sum(-1) / 2)
        >>> round(bell.norm(torch.tensor([0.0, 2.0]), torch.tensor([1.0, 0.0])).log().item(), 6)
        1.0
    """

    def __init__(self, log_density: Map, base: Metric | None = None, *, beta: float = 1.0) -> None:
        if not callable(log_density):
            raise ValueError(
                f"log_density: got {type(log_density).__name__}, expected a callable (*batch, d) -> (*batch,)"
            )
        if not 0 <= beta < float("inf"):
            raise ValueError(f"beta: got {beta}, expected 0 or more")
        self.log_density, self.beta = log_density, beta
        super().__init__(self._inverse_power, base)

    def _inverse_power(self, z: Tensor) -> Tensor:
        log_p = self.log_density(z)
        if not isinstance(log_p, Tensor) or log_p.shape != z.shape[:-1] or log_p.dtype != z.dtype:
            expected = f"shape {tuple(z.shape[:-1])} of {z.dtype}"
            raise ValueError(f"log_density: got {seen(log_p)}, expected {expected}")
        factor = torch.exp(-2 * self.beta / z.shape[-1] * log_p)
        if not (factor.isfinite() & (factor > 0)).all():
            lost = log_p.detach()[~(factor.isfinite() & (factor > 0))].reshape(-1)[0]
            raise ValueError(
                f"log_density: got {float(lost):.4g}, expected one whose power is a finite number; a density "
                "with a floor, or another constant factor, has it"
            )
        return factor
