"""Is the Fréchet mean of a group another image than the mean of its codes?"""

from dataclasses import dataclass

import torch
from pullback.checks import check_points
from pullback.geodesics.exponential import log
from pullback.metrics.base import Metric
from pullback.statistics.frechet import FrechetMean, frechet_mean
from torch import Tensor


@dataclass(frozen=True)
class MeanComparison:
    """Fréchet and latent means of groups of codes.

    Attributes:
        latent: (*batch, d) means of the numbers.
        frechet: (*batch, d) Fréchet means, found from the latent ones.
        medoid: (*batch, d) the code of each group whose image is nearest to the others, as a control.
        difference: (*batch,) ambient distance between the two decoded means.
        medoid_difference: (*batch,) ambient distance between the decoded Fréchet mean and the medoid.
        spread: (*batch,) mean ambient distance of the pairs within a group.
        latent_sum: (*batch,) sum of squared geodesic distances to the latent mean.
        frechet_sum: (*batch,) the same to the Fréchet mean, the smaller one.
        latent_converged: (*batch,) share of the geodesics to the latent mean that converged.
        solution: the search's own result, with `converged` and `residual`.
    """

    latent: Tensor
    frechet: Tensor
    medoid: Tensor
    difference: Tensor
    medoid_difference: Tensor
    spread: Tensor
    latent_sum: Tensor
    frechet_sum: Tensor
    latent_converged: Tensor
    solution: FrechetMean

    @property
    def relative(self) -> Tensor:
        """Difference of the decoded means over the spread of the group, (*batch,)."""
        return self.difference / self.spread

    @property
    def medoid_relative(self) -> Tensor:
        """The same for the medoid: how large a difference between two "typical" images may be, (*batch,)."""
        return self.medoid_difference / self.spread

    @property
    def gain(self) -> Tensor:
        """Share of the latent mean's sum of squares that the Fréchet mean does without, (*batch,)."""
        return 1 - self.frechet_sum / self.latent_sum

    @property
    def converged_share(self) -> float:
        """Share of the Fréchet means that converged."""
        return self.solution.converged.double().mean().item()


def mean_comparison(
    metric: Metric, Z: Tensor, *, tol: float | None = None, max_steps: int = 50, **options
) -> MeanComparison:
    r"""Compare Fréchet means with latent means (`eq-frechet-mean`).

    $$\bar z = \arg\min_z \sum_n d(z, z_n)^2 \quad \text{against} \quad \tfrac{1}{N} \sum_n z_n$$

    The search starts at the latent mean and takes only steps that lower the sum of squares or, near the end,
    its gradient; both sums come from the same geodesics, so the Fréchet one is not larger but for rounding.
    Shao, Kumar and Fletcher (2017), Fig. 5, find the decoded means alike.

    Args:
        metric: a metric with features, whose distances between images are those of the features.
        Z: (*batch, n, d) groups of codes, n of 2 or more.
        tol: as in `frechet_mean`.
        max_steps: as in `frechet_mean`.
        **options: passed to `log`, which runs without shooting unless `shooting=True` is among them.

    Returns:
        The means, how far they are apart, and the sums of squares.

    Raises:
        ValueError: for a metric without features, and for groups of fewer than two codes.
    """
    check_points("Z", Z)
    if Z.ndim < 2 or Z.shape[-2] < 2:
        raise ValueError(f"Z: got shape {tuple(Z.shape)}, expected (*batch, n, d) with n of 2 or more")
    if not metric.has_features:
        raise ValueError(f"metric: got {type(metric).__name__}, expected one with features")
    n = Z.shape[-2]
    options = {"shooting": False} | options
    latent = Z.mean(-2)
    ways = log(metric, latent[..., None, :], Z, return_result=True, **options)
    solution = frechet_mean(
        metric, Z, start=latent, tol=tol, max_steps=max_steps, return_result=True, **options
    )
    x = metric.features(Z)
    gaps = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
    medoid = Z.take_along_dim(gaps.square().sum(-1).argmin(-1)[..., None, None], dim=-2)[..., 0, :]
    image = metric.features(solution.mean)
    return MeanComparison(
        latent=latent,
        frechet=solution.mean,
        medoid=medoid,
        difference=(image - metric.features(latent)).norm(dim=-1),
        medoid_difference=(image - metric.features(medoid)).norm(dim=-1),
        spread=gaps.sum((-2, -1)) / (n * (n - 1)),
        latent_sum=ways.length.square().sum(-1),
        frechet_sum=n * solution.variance,
        latent_converged=ways.converged.double().mean(-1),
        solution=solution,
    )
