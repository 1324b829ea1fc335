"""Arc lengths with few segments, as the document has them, and with enough."""

from dataclasses import dataclass

from pullback.measures.lengths.length_ratio import LengthRatio, length_ratio
from pullback.metrics.base import Metric
from torch import Tensor


@dataclass(frozen=True)
class ArcLengths:
    """Straight latent lines against geodesics, twice over the same pairs and with the same common segments.

    Attributes:
        coarse: with few segments.
        fine: with many, found from the coarse curves.
    """

    coarse: LengthRatio
    fine: LengthRatio

    @property
    def lost(self) -> Tensor:
        """What the coarse geodesic saves less the fine one's saving, in shares of the straight line."""
        return self.coarse.shorter - self.fine.shorter


def arc_lengths(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    *,
    n_coarse: int = 10,
    n_fine: int = 50,
    n_common: int = 100,
    tol: float = 0.01,
    max_steps: int = 200,
) -> ArcLengths:
    """Measure straight lines against geodesics of few and of many segments (`eq-length-ratio`).

    Geodesics are found by the quasi-Newton solver, which needs no Jacobians but a few: convolutional decoders
    are too slow for the others. The fine curves start from the coarse ones. Shao, Kumar and Fletcher (2017),
    Figs 3 and 4, use ten segments.

    Args:
        metric: a pullback metric.
        z0: (n, d) first ends.
        z1: (n, d) second ends, different from the first.
        n_coarse: segments of the coarse curves.
        n_fine: segments of the fine curves.
        n_common: segments that every length is read off with, a multiple of both.
        tol: bound on the residual; its square is the share of the energy that is left, half of that of the
            length: a hundredth leaves 5e-5 of it.
        max_steps: steps allowed to either.

    Raises:
        ValueError: when `n_common` is no multiple of the segments.
    """
    if n_common % n_coarse or n_common % n_fine:
        raise ValueError(f"n_common: got {n_common}, expected a multiple of {n_coarse} and {n_fine}")
    options = {"solver": "quasi-newton", "tol": tol, "max_steps": max_steps}
    coarse = length_ratio(metric, z0, z1, n_segments=n_coarse, refine=n_common // n_coarse, **options)
    options |= {"starts": coarse.solution.sample(n_fine)[None], "straight": coarse.straight}
    return ArcLengths(
        coarse, length_ratio(metric, z0, z1, n_segments=n_fine, refine=n_common // n_fine, **options)
    )
