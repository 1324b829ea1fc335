"""Lay every ruler on one latent space."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from pullback.checks import check_points
from pullback.measures.lengths.f_measure import f_measure
from pullback.measures.lengths.label_r2 import label_r2
from pullback.measures.lengths.mds_spectrum import mds_spectrum
from pullback.measures.lengths.normalised_margin import normalised_margin
from pullback.measures.lengths.residual_correlation import pairs_of, residual_correlation
from pullback.metrics.base import Metric
from pullback.statistics.clustering import riemannian_kmedoids
from torch import Tensor

from companion.chapters.one_ruler.material import RulerMaterial, RulerSizes, gather
from companion.chapters.one_ruler.measures import RULERS, Reading, absent, jackknifed

NO_PLANE = "no plane, or a singular metric"
NO_LABELS = "codes without labels"
NO_IMAGES = "no image to compare with"
NO_NOISE = "no standard deviation"
RANK_LOST = "the Jacobian loses rank"
UNSOLVED = "most geodesics were not solved"
LEAST_SOLVED = 0.5
# What is read without any geodesic; all others would only tell of the solver where it fails on most pairs.
WITHOUT_GEODESICS = {"tangent_angle", "margin", "log_det", "log_kappa", "rank_share", "calibration"}


@dataclass(frozen=True, eq=False)
class RulerReadings:
    """Readings of one latent space.

    Attributes:
        readings: name of the ruler -> reading, in the order of `RULERS`.
        converged: share of the geodesics that converged.
        length: L, the median geodesic distance, in pixels.
    """

    readings: dict[str, Reading]
    converged: float
    length: float

    def __getitem__(self, name: str) -> Reading:
        return self.readings[name]


def take_rulers(
    decoder: Callable[[Tensor], Tensor],
    codes: Tensor,
    labels: Tensor | None = None,
    *,
    generator: torch.Generator,
    sizes: RulerSizes | None = None,
    metric: Metric | None = None,
    images: Tensor | None = None,
    noise: Callable[[Tensor], Tensor] | None = None,
) -> RulerReadings:
    """Take every reading of `RULERS` of a decoder at a few codes, each with an interval or a reason.

    All pairs of the codes are joined by geodesics once, and all readings come from the same pairs and points,
    so that no two rulers of one model saw different data. Intervals are those of the jackknife over groups of
    codes, one of each class at a time.

    Args:
        decoder: (*batch, d) -> (*batch, D), in the dtype of the codes; a known surface will do.
        codes: (n, d) codes, all different; class by class where there are labels, three of each or more.
        labels: (n,) classes of the codes; None where there are none.
        generator: of the random planes and of the clusterings' starts, on the CPU.
        sizes: how much is measured.
        metric: the metric, where it is not the pullback by the decoder alone.
        images: (n, D) the images that the codes are codes of; None where there are none.
        noise: the standard deviation (*batch, d) -> (*batch, D) that the model gives; None where it has none.

    Returns:
        the readings.

    Raises:
        ValueError: for bad codes, or labels that do not fit.
    """
    codes = check_points("codes", codes)
    if codes.ndim != 2 or len(codes) < 6:
        raise ValueError(f"codes: got shape {tuple(codes.shape)}, expected (n, d) with n of 6 or more")
    if labels is not None and labels.shape != codes.shape[:1]:
        raise ValueError(f"labels: got shape {tuple(labels.shape)}, expected ({len(codes)},), one a code")
    sizes = sizes or RulerSizes()
    data = {"metric": metric, "images": images, "noise": noise}
    material = gather(decoder, codes, labels, generator=generator, sizes=sizes, **data)
    return read(material, sizes, seed=int(torch.randint(2**31, (), generator=generator)))


def read(material: RulerMaterial, sizes: RulerSizes, *, seed: int) -> RulerReadings:
    """Compute all readings from what was measured; `seed` is that of the clusterings' starts."""
    n = len(material.euclidean)
    whole = values_of(material, sizes, seed=seed)
    groups = _groups(material.labels, n, sizes.n_groups)
    without = [_values(material, (groups != k).nonzero()[:, 0], sizes, seed) for k in groups.unique()]
    reasons = _reasons(material)
    readings = {}
    for name in RULERS:
        if material.converged < LEAST_SOLVED and name not in WITHOUT_GEODESICS:
            readings[name] = absent(UNSOLVED)
        elif all(name in part for part in (whole, *without)):
            parts = torch.tensor([part[name] for part in without], dtype=torch.float64)
            readings[name] = jackknifed(whole[name], parts)
        else:
            readings[name] = absent(reasons.get(name, RANK_LOST))
    return RulerReadings(readings, material.converged, pairs_of(material.geodesic).median().item())


def values_of(material: RulerMaterial, sizes: RulerSizes, *, seed: int) -> dict[str, float]:
    """Compute the readings that there are, without intervals."""
    return _values(material, torch.arange(len(material.euclidean)), sizes, seed)


def _values(m: RulerMaterial, rows: Tensor, sizes: RulerSizes, seed: int) -> dict[str, float]:
    """Compute the readings from some of the codes alone."""
    names = ("straight", "geodesic", "chord", "euclidean")
    straight, geodesic, chord, euclidean = (getattr(m, name)[rows][:, rows].double() for name in names)
    lines, curves, chords, plain = (pairs_of(matrix) for matrix in (straight, geodesic, chord, euclidean))
    values = {
        "length_excess": (lines / curves).mean() - 1,
        "mds_negative": mds_spectrum(geodesic).negative_share,
        "bend": (curves / chords).median() - 1,
        "c_hat": residual_correlation(curves, plain),
        "log_det": m.log_det[rows].median(),
        "log_kappa": m.log_kappa[rows].median(),
        "rank_share": m.rank[rows].mean(),
    }
    unit = curves.median().square()
    if m.curvature is not None:
        values["sectional"] = m.curvature[rows].abs().median() * unit
        values["sectional_data"] = m.curvature_data[rows].abs().median() * unit
    if m.angle is not None:
        values["tangent_angle"] = m.angle[rows].mean()
        values["tangent_angle_geodesic"] = m.angle_geodesic[rows].mean()
    if m.scalar is not None:
        values["scalar"] = m.scalar[rows].nanmedian() * unit
    if m.squares is not None and m.variances is not None:
        values["calibration"] = (m.squares[rows].mean() / m.variances[rows].mean()).log10()
    if m.labels is not None:
        values |= _of_labels(m.labels[rows], euclidean, geodesic, sizes.n_init, seed)
    return {name: float(value) for name, value in values.items() if math.isfinite(value)}


def _of_labels(labels: Tensor, euclidean: Tensor, geodesic: Tensor, n_init: int, seed: int) -> dict:
    k = len(labels.unique())
    scores = []
    for distances in (geodesic, euclidean):
        starts = torch.Generator().manual_seed(seed)
        found = riemannian_kmedoids(distances, k, generator=starts, n_init=n_init)
        scores.append(100 * f_measure(labels.numpy(), found.labels.numpy()))
    chance = label_r2(geodesic, labels, generator=torch.Generator().manual_seed(seed), n_permutations=1)
    return {
        "margin": normalised_margin(euclidean, labels).mean(),
        "margin_geodesic": normalised_margin(geodesic, labels).mean(),
        "label_r2": chance.excess,
        "f_gain": scores[0] - scores[1],
    }


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


def _reasons(m: RulerMaterial) -> dict[str, str]:
    labels = dict.fromkeys([name for name, ruler in RULERS.items() if ruler.kind == "labels"], NO_LABELS)
    planes = dict.fromkeys(["sectional", "sectional_data"], NO_PLANE)
    scalar = NO_PLANE if m.curvature is None else "too many dimensions"
    return labels | planes | {"scalar": scalar, "calibration": NO_IMAGES if m.squares is None else NO_NOISE}
