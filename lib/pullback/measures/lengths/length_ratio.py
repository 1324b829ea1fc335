"""How much longer is the straight latent line than the geodesic?"""

from dataclasses import dataclass

from torch import Tensor

from pullback.curves.discrete_curve import curve_length, linear_interpolation
from pullback.geodesics.geodesic import GeodesicResult, geodesic
from pullback.metrics.base import Metric


@dataclass(frozen=True)
class LengthRatio:
    """Lengths of straight latent lines and of geodesics between the same ends, one per pair.

    Attributes:
        straight: (*batch,) length of the straight latent line, in units of the ambient space.
        geodesic: (*batch,) length of the geodesic found.
        chord: (*batch,) ambient distance of the two ends, which no curve can undercut; None without an
            immersion.
        solution: the solver's result, with `converged`, `n_steps` and `residual` (*batch,).

    Example:
        >>> from pullback.measures import length_ratio
        >>> from pullback.surfaces import SPHERE
        >>> z0, z1 = torch.tensor([[torch.pi / 4, 0], [torch.pi / 4, torch.pi / 2]], dtype=torch.float64)
        >>> found = length_ratio(SPHERE.metric, z0, z1)
        >>> round(found.ratio.item(), 4), round(found.chord.item(), 4), found.converged_share
        (1.0607, 1.0, 1.0)
    """

    straight: Tensor
    geodesic: Tensor
    chord: Tensor | None
    solution: GeodesicResult

    @property
    def ratio(self) -> Tensor:
        """Straight over geodesic: 1 where the straight line is a geodesic, larger where it is not."""
        return self.straight / self.geodesic

    @property
    def shorter(self) -> Tensor:
        """The share of the straight line's length that the geodesic saves, in [0, 1)."""
        return 1 - self.geodesic / self.straight

    @property
    def arc_chord_ratio(self) -> Tensor:
        """Geodesic over ambient chord: how far the manifold itself, not the chart, is from flat in X."""
        return self.geodesic / self.chord

    @property
    def converged_share(self) -> float:
        """Share of the pairs whose geodesic converged."""
        return self.solution.converged.double().mean().item()

    def readings(self) -> dict[str, Tensor | float]:
        """Name what a run keeps: `saved` per pair and its largest, the `converged` share, the median
        `arc_chord_ratio` where there is a chord."""
        found = {
            "saved": self.shorter,
            "largest_saved": self.shorter.max(),
            "converged": self.converged_share,
        }
        return found if self.chord is None else {**found, "arc_chord_ratio": self.arc_chord_ratio.median()}


def length_ratio(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    *,
    n_segments: int = 50,
    refine: int = 4,
    straight: Tensor | None = None,
    **options,
) -> LengthRatio:
    r"""Measure straight latent lines against geodesics between the same ends (`eq-length-ratio`).

    $$\rho(z_0, z_1) = \frac{L[(1 - t) z_0 + t z_1]}{\min_c L[c]}$$

    Both lengths are sums of ambient segment lengths over the same number of points, `n_segments * refine`
    segments, so that neither gains from a coarser measurement; the geodesic is read between its nodes off a
    cubic spline. Shao, Kumar and Fletcher (2017), Figs 3 and 4, report 1 - 1 / ratio for six pairs.

    Costs one `geodesic` per pair, and 2 `n_segments * refine` values of the map.

    Args:
        metric: any metric.
        z0: (*batch, d) first ends.
        z1: (*batch, d) second ends, different from the first.
        n_segments: segments of the geodesic.
        refine: points read off a segment before lengths are taken.
        straight: (*batch,) lengths of the straight lines if they are known, as from a run with as many
            points on other geodesics.
        **options: passed to `geodesic`.

    Returns:
        The lengths, the ambient chords and the solver's result.

    Raises:
        ValueError: as `geodesic`, and for refine below 1.

    Example:
        >>> from pullback.measures import length_ratio
        >>> from pullback.surfaces import SPHERE
        >>> z0, z1 = torch.tensor([[torch.pi / 4, 0], [torch.pi / 4, torch.pi / 2]], dtype=torch.float64)
        >>> found = length_ratio(SPHERE.metric, z0, z1)
        >>> round(found.straight.item(), 4), round(found.geodesic.item(), 4)
        (1.1107, 1.0472)
    """
    if refine < 1:
        raise ValueError(f"refine: got {refine}, expected 1 or more")
    solution = geodesic(metric, z0, z1, n_segments=n_segments, **options)
    ends = None
    if metric.has_features:
        ends = (metric.features(z1) - metric.features(z0)).norm(dim=-1)
    if straight is None:
        straight = curve_length(metric, linear_interpolation(z0, z1, n_segments * refine))
    return LengthRatio(
        straight=straight,
        geodesic=curve_length(metric, solution.sample(n_segments * refine)),
        chord=ends,
        solution=solution,
    )
