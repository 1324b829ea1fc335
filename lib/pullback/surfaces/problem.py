"""A chart with the closed forms that it has."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from pullback.metrics.base import Metric
from pullback.metrics.field import MetricField
from pullback.metrics.pullback import PullbackMetric

Map = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Problem:
    """A chart with the closed forms that it has; None where there is none worth writing down.

    Attributes:
        name: what test reports call it.
        d: latent dimension.
        low: lower corner of the box that points are drawn from.
        high: upper corner.
        matrix: z -> G (*batch, d, d).
        immersion: z -> x (*batch, D), None for metrics given directly.
        christoffels: z -> (*batch, d, d, d), upper index first.
        gaussian: z -> (*batch,), surfaces only.
        sectional: z, u, v -> (*batch,).
        scalar: z -> (*batch,).
        mean_curvature: z -> (*batch,), length of the vector that is the mean of the d normal curvatures.
        distance: z0, z1 -> (*batch,).
        geodesic: z0, z1, t (n,) -> (*batch, n, d), at constant speed.

    Example:
        >>> from pullback.surfaces import SPHERE
        >>> z0, z1 = torch.tensor([[torch.pi / 2, 0], [torch.pi / 2, 1]], dtype=torch.float64)
        >>> round(SPHERE.distance(z0, z1).item(), 6), round(SPHERE.gaussian(z0).item(), 6)
        (1.0, 1.0)
        >>> torch.allclose(SPHERE.metric.matrix(z0), SPHERE.matrix(z0))
        True
    """

    name: str
    d: int
    low: tuple[float, ...]
    high: tuple[float, ...]
    matrix: Map
    immersion: Map | None = None
    christoffels: Map | None = None
    gaussian: Map | None = None
    sectional: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None
    scalar: Map | None = None
    mean_curvature: Map | None = None
    distance: Callable[[Tensor, Tensor], Tensor] | None = None
    geodesic: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def metric(self) -> Metric:
        """The metric as a user would build it: from the immersion where there is one."""
        return MetricField(self.matrix) if self.immersion is None else PullbackMetric(self.immersion)

    def sample(self, n: int, generator: Generator) -> Tensor:
        """Draw points (n, d), float64."""
        low, high = (
            torch.tensor(corner, dtype=torch.float64, device="cpu") for corner in (self.low, self.high)
        )
        return low + (high - low) * torch.rand(
            n, self.d, dtype=torch.float64, generator=generator, device=generator.device
        )

    def sample_pairs(self, n: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Draw pairs of points, two tensors (n, d)."""
        return self.sample(n, generator), self.sample(n, generator)
