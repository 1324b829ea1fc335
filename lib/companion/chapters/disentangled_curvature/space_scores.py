"""Every score that Shukla et al. (2019) give a latent space, with the readings that could explain it away."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from pullback.curvature.riemann import scalar_curvature
from pullback.measures.curvature.curvature_sample import CurvatureSample, curvature_sample, data_planes
from pullback.measures.curvature.tangent_angles import at_image_distance, tangent_angles
from pullback.measures.lengths.normalised_margin import normalised_margin
from pullback.measures.lengths.residual_correlation import pairs_of
from pullback.metrics.base import Metric
from torch import Tensor

from companion.chapters.disentangled_curvature.distance_survey import DistanceSurvey, distance_survey
from companion.measures.space import CodeSpace

RULERS = ("euclidean", "riemannian")
WELL_STARTED = 20
SCALAR_POINTS, SCALAR_DIM = 4, 16


@dataclass(frozen=True)
class SpaceScores:
    """Scores of one space.

    Attributes:
        survey: the distances among the chosen codes.
        bare: the same of every second of these codes with an untrained decoder.
        c_hat: residual correlation by reading: "all pairs", "within a class", "gap alone", "linear decoder",
            "fitted units", "untrained", "half of the images", and "misfit", a share.
        mean_distance: ruler -> mean distance of 100 pairs, in the units of codes and of pixels.
        ratio_bare: mean Riemannian over mean Euclidean distance with the untrained decoder.
        f_one: ruler -> mean F-measure of single random starts, in per cent.
        f_best: ruler -> F-measure of the best of as many starts.
        f_chance: F-measure of the best start for permuted labels.
        margins: ruler -> mean normalised margin.
        sparse: mean tangent angle to the nearest of the chosen codes in degrees, and how far its image is.
        dense: the same among all codes of the space.
        walked: change of the image -> mean tangent angle there; NaN where no walk leads that far.
        tenth: mean tangent angle after a tenth of the way to another code.
        angle_bare: `sparse` with the untrained decoder.
        curvature: sectional curvatures in planes that the codes span, in units of the median distance.
        curvature_bare: its median size with the untrained decoder.
        scalar: median scalar curvature of a few codes; None above 16 dimensions.
    """

    survey: DistanceSurvey
    bare: DistanceSurvey
    c_hat: dict[str, float]
    mean_distance: dict[str, float]
    ratio_bare: float
    f_one: dict[str, float]
    f_best: dict[str, float]
    f_chance: float
    margins: dict[str, float]
    sparse: tuple[float, float]
    dense: tuple[float, float]
    walked: dict[float, float]
    tenth: float
    angle_bare: float
    curvature: CurvatureSample
    curvature_bare: float
    scalar: float | None

    @property
    def ratio(self) -> float:
        """Mean Riemannian over mean Euclidean distance."""
        return self.mean_distance["riemannian"] / self.mean_distance["euclidean"]

    @property
    def gains(self) -> tuple[float, float]:
        """What the Riemannian ruler adds to the F-measure, with single starts and with the best of many."""
        return tuple(f["riemannian"] - f["euclidean"] for f in (self.f_one, self.f_best))


def score_space(
    space: CodeSpace, untrained: CodeSpace, rows: Tensor, *, n_points: int, steps: Sequence[float], seed: int
) -> SpaceScores:
    """Take all scores of a space.

    Args:
        space: codes and decoder.
        untrained: the same codes with an untrained decoder.
        rows: (n,) the codes whose distances are taken, a few of each class.
        n_points: codes at which tangent spaces and curvatures are taken.
        steps: changes of the image at which tangent spaces are compared with those at the codes.
        seed: of pairs, planes, starts and shuffles.
    """
    survey, bare = distance_survey(space, rows), distance_survey(untrained, rows[::2])
    euclidean_bare, riemannian_bare = bare.mean_distances(100, seed=seed)
    points = drawn_points(space, n_points, seed)
    chosen = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))[:n_points]]
    everyone = torch.arange(len(space.codes))
    return SpaceScores(
        survey=survey,
        bare=bare,
        c_hat={
            "all pairs": survey.c_hat(),
            "within a class": survey.c_hat("within"),
            "gap alone": survey.c_hat_of_gap(seed=seed),
            "linear decoder": survey.c_hat(ruler="flat"),
            "fitted units": survey.c_hat(against="flat"),
            "untrained": bare.c_hat(),
            "half of the images": survey.c_hat_of_few(len(rows) // 2, seed=seed),
            "misfit": survey.misfit(),
        },
        mean_distance=dict(zip(RULERS, survey.mean_distances(100, seed=seed), strict=True)),
        ratio_bare=riemannian_bare / euclidean_bare,
        f_one={r: sum(survey.f_score(r, seed=i) for i in range(WELL_STARTED)) / WELL_STARTED for r in RULERS},
        f_best={r: survey.f_score(r, seed=seed, n_init=WELL_STARTED) for r in RULERS},
        f_chance=_chance(survey, seed),
        margins={r: normalised_margin(getattr(survey, r), survey.labels).mean().item() for r in RULERS},
        sparse=neighbour_angle(space, rows, chosen),
        dense=neighbour_angle(space, everyone, points),
        walked={step: walked_angle(space, points, step) for step in steps},
        tenth=fraction_angle(space, points, 0.1),
        angle_bare=neighbour_angle(untrained, rows, chosen)[0],
        curvature=_curvatures(space, points, survey, seed),
        curvature_bare=_curvatures(untrained, points, bare, seed).median_size,
        scalar=_scalar(space, points[:SCALAR_POINTS]),
    )


def drawn_points(space: CodeSpace, n_points: int, seed: int) -> Tensor:
    """Draw the rows (n_points,) of the codes at which tangent spaces and curvatures are taken."""
    return torch.randperm(len(space.codes), generator=torch.Generator().manual_seed(seed))[:n_points]


def neighbour_angle(space: CodeSpace, pool: Tensor, points: Tensor) -> tuple[float, float]:
    """Average the tangent angles to the nearest neighbours, and the distances of their images.

    Args:
        space: codes and decoder.
        pool: (m,) the codes among which neighbours are looked for.
        points: (n,) the codes whose neighbours are looked for.

    Returns:
        degrees, and ambient distance.
    """
    here = space.codes[points]
    distances = torch.cdist(here, space.codes[pool])
    near = space.codes[pool[distances.masked_fill(points[:, None] == pool, torch.inf).argmin(-1)]]
    metric = space.metric
    apart = (metric.features(here) - metric.features(near)).norm(dim=-1)
    return tangent_angles(metric, here, near).mean().item(), apart.mean().item()


def walked_angle(space: CodeSpace, points: Tensor, step: float) -> float:
    """Average the tangent angles to where the image has changed by `step`, on the way to another code."""
    here = space.codes[points]
    return walked_angles(space.metric, here, here.roll(1, 0), step).nanmean().item()


def walked_angles(metric: Metric, here: Tensor, towards: Tensor, step: float) -> Tensor:
    """Average the tangent angles of each walk (n,), in degrees; NaN where none leads so far."""
    there = at_image_distance(metric, here, towards, step)
    reached = there.isfinite().all(-1)
    angles = torch.full((len(here),), math.nan, dtype=torch.float64)
    if reached.any():
        angles[reached] = tangent_angles(metric, here[reached], there[reached]).mean(-1)
    return angles


def fraction_angle(space: CodeSpace, points: Tensor, share: float) -> float:
    """Average the tangent angles to where that share of the way to another code has been walked."""
    here = space.codes[points]
    there = here + share * (here.roll(1, 0) - here)
    return tangent_angles(space.metric, here, there).mean().item()


def _curvatures(space: CodeSpace, points: Tensor, survey: DistanceSurvey, seed: int) -> CurvatureSample:
    double, length = space.only(points).double(), pairs_of(survey.riemannian).median().item()
    planes = data_planes(double.codes, 1, generator=torch.Generator().manual_seed(seed))
    generator = torch.Generator().manual_seed(seed)
    return curvature_sample(double.metric, double.codes, length=length, generator=generator, planes=planes)


def _scalar(space: CodeSpace, points: Tensor) -> float | None:
    if space.codes.shape[1] > SCALAR_DIM:
        return None
    double = space.only(points).double()
    return scalar_curvature(double.metric, double.codes).median().item()


def _chance(survey: DistanceSurvey, seed: int) -> float:
    order = torch.randperm(len(survey.labels), generator=torch.Generator().manual_seed(seed))
    labels = survey.labels[order]
    return survey.f_score("riemannian", seed=seed, n_init=WELL_STARTED, labels=labels)
