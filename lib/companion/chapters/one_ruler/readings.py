"""Take every measure of one latent space."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from pullback.checks import check_points
from pullback.measures.lengths.residual_correlation import pairs_of
from pullback.measures.resampling import jackknife_error
from scipy.special import stdtrit
from torch import Tensor

from companion.chapters.one_ruler.measures import MEASURES, Measure
from companion.measures.of_space.survey import Survey, SurveySizes, survey
from companion.measures.space import Space

LEVEL = 0.95
FACETS = "flat facets, bent in their creases"
NO_VALUE = "no finite value, as where the Jacobian loses rank"


@dataclass(frozen=True)
class Reading:
    """What a measure read of a model, or why it could not.

    Attributes:
        value: in the measure's unit; None where it could not be read.
        low: lower end of the 95 % interval over the draw of the points; None with the value.
        high: upper end.
        reason: why there is no value, "" where there is one.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""

    def __format__(self, spec: str) -> str:
        """Write `0.31 (0.25 to 0.37)`, or the reason."""
        if self.value is None:
            return self.reason
        return f"{self.value:{spec}} ({self.low:{spec}} to {self.high:{spec}})"


@dataclass(frozen=True, eq=False)
class Readings:
    """Readings of one latent space.

    Attributes:
        readings: name of the measure -> reading, in the order of the table.
        converged: share of the geodesics that converged.
        length: L, the median geodesic distance, in pixels.
    """

    readings: dict[str, Reading]
    converged: float
    length: float

    def __getitem__(self, name: str) -> Reading:
        return self.readings[name]


def take_readings(
    space: Space,
    *,
    generator: torch.Generator,
    sizes: SurveySizes | None = None,
    measures: Mapping[str, Measure] = MEASURES,
) -> Readings:
    """Take every measure of a decoder at a few codes, each with an interval or a reason.

    All pairs of the codes are joined by geodesics once, and all readings come from the same pairs and points,
    so that no two measures of one model saw different data. Intervals are those of the jackknife over groups
    of codes, one of each class at a time.

    Args:
        space: codes (n, d), all different; class by class where there are labels, three of each or more.
        generator: of the random planes and of the clusterings' starts, on the CPU.
        sizes: how much is measured.
        measures: name -> measure.

    Returns:
        the readings.

    Raises:
        ValueError: for bad codes, or labels that do not fit.
    """
    codes, labels = check_points("codes", space.codes), space.labels
    if codes.ndim != 2 or len(codes) < 6:
        raise ValueError(f"codes: got shape {tuple(codes.shape)}, expected (n, d) with n of 6 or more")
    if labels is not None and labels.shape != codes.shape[:1]:
        raise ValueError(f"labels: got shape {tuple(labels.shape)}, expected ({len(codes)},), one per code")
    s = survey(space, sizes=sizes, generator=generator)
    groups = _groups(labels, len(codes), s.sizes.n_groups)
    whole = values_of(s, measures)
    without = [values_of(s.part((groups != k).nonzero()[:, 0]), measures) for k in groups.unique()]
    readings = {}
    for name, measure in measures.items():
        if all(name in part for part in (whole, *without)):
            parts = torch.tensor([part[name] for part in without], dtype=torch.float64)
            readings[name] = jackknifed(whole[name], parts)
        else:
            readings[name] = absent(measure.missing(s) or NO_VALUE)
    return Readings(readings, s.converged, pairs_of(s.riemannian).median().item())


def values_of(s: Survey, measures: Mapping[str, Measure] = MEASURES) -> dict[str, float]:
    """Take the measures that can be taken, without intervals; those without a finite value are missing."""
    values = {name: float(m.function(s)) for name, m in measures.items() if not m.missing(s)}
    return {name: value for name, value in values.items() if math.isfinite(value)}


def absent(reason: str) -> Reading:
    """Make the reading of a measure that does not apply."""
    return Reading(None, reason=reason)


def jackknifed(value: float, without: Tensor) -> Reading:
    r"""Make a reading with the interval of the delete-a-group jackknife (`eq-grouped-jackknife`).

    $$\theta \pm t_{g-1} \Big( \tfrac{g - 1}{g} \sum_j (\theta_{(j)} - \bar\theta)^2 \Big)^{1/2}$$

    Args:
        value: from all points.
        without: (g,) readings without each group, g of 2 or more.

    Returns:
        the reading with its 95 % interval; for the mean of g points in g groups it is Student's.
    """
    half = float(stdtrit(len(without) - 1, (1 + LEVEL) / 2)) * jackknife_error(without).item()
    return Reading(value, value - half, value + half)


def _groups(labels: Tensor | None, n: int, n_groups: int) -> Tensor:
    """Deal the codes into groups, those of a class into different ones: (n,) numbers of groups."""
    if labels is None:
        return torch.arange(n) % n_groups
    place = torch.zeros(n, dtype=torch.long)
    for kind in labels.unique():
        mine = (labels == kind).nonzero()[:, 0]
        place[mine] = torch.arange(len(mine))
    fewest = int(labels.unique(return_counts=True)[1].min())
    if fewest < 3:
        raise ValueError(f"labels: got a class of {fewest}, expected three codes of each class or more")
    return place % min(n_groups, fewest)


def without_facets(found: Readings) -> Readings:
    """Take away the curvatures of a decoder with rectifiers, which bends only where they have no value."""
    names = ("sectional", "sectional_data", "scalar")
    return replace(found, readings=found.readings | dict.fromkeys(names, absent(FACETS)))
