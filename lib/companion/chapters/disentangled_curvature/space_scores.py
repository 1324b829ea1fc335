"""Every score that Shukla et al. (2019) give a latent space, with the readings that could explain it away."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from pullback.curvature.riemann import scalar_curvature
from pullback.measures.curvature.curvature_sample import CurvatureSample, curvature_sample, data_planes
from pullback.measures.curvature.tangent_angles import tangent_angles
from pullback.measures.lengths.residual_correlation import pairs_of
from torch import Tensor

from companion.measures.of_space.curvature import neighbour_angle, walked_angles
from companion.measures.of_space.labels import f_score, margin
from companion.measures.of_space.lengths import (
    c_hat,
    c_hat_of_few,
    c_hat_of_gap,
    class_gap,
    mean_distances,
    misfit,
)
from companion.measures.of_space.survey import Survey, SurveySizes, survey
from companion.measures.space import Space

DISTANCES = ("euclidean", "riemannian")
SIZES = SurveySizes(n_segments=8, refine=1, max_steps=400)
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
        mean_distance: distance -> mean distance of 100 pairs, in the units of codes and of pixels.
        ratio_bare: mean Riemannian over mean Euclidean distance with the untrained decoder.
        f_one: distance -> mean F-measure of single random starts, in per cent.
        f_best: distance -> F-measure of the best of as many starts.
        f_chance: F-measure of the best start for permuted labels.
        margins: distance -> mean normalised margin.
        sparse: mean tangent angle to the nearest of the chosen codes in degrees, and how far its image is.
        dense: the same among all codes of the space.
        walked: change of the image -> mean tangent angle there; NaN where no walk leads that far.
        tenth: mean tangent angle after a tenth of the way to another code.
        angle_bare: `sparse` with the untrained decoder.
        curvature: sectional curvatures in planes that the codes span, in units of the median distance.
        curvature_bare: its median size with the untrained decoder.
        scalar: median scalar curvature of a few codes; None above 16 dimensions.
    """

    survey: Survey
    bare: Survey
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
        """What Riemannian distances add to the F-measure, with single starts and with the best of many."""
        return tuple(f["riemannian"] - f["euclidean"] for f in (self.f_one, self.f_best))

    def of_pairs(self) -> dict[str, Any]:
        """Name what was read off pairs of codes, and off the clusters that their distances give."""
        one, best = self.gains
        of_kind = {kind.replace(" ", "_"): value for kind, value in self.c_hat.items() if kind != "misfit"}
        ratios = {"ratio": self.ratio, "ratio_untrained": self.ratio_bare}
        return {
            "c_hat": of_kind,
            "misfit": self.c_hat["misfit"],
            "distance": {**self.mean_distance, **ratios},
            "f_score": {**self.f_one, "gain": one, "permuted": self.f_chance},
            "f_score_best": {**self.f_best, "gain": best},
            "margin": _finite(self.margins),
            "class_gap": class_gap(self.survey),
        }

    def angles(self) -> dict[str, float]:
        """Name the tangent angles in degrees, those that a walk reached, and the neighbours' distances."""
        (sparse, sparse_distance), (dense, dense_distance) = self.sparse, self.dense
        named = {"sparse": sparse, "sparse_distance": sparse_distance}
        named |= {"dense": dense, "dense_distance": dense_distance}
        named |= {"untrained": self.angle_bare, "a_tenth_of_the_way": self.tenth}
        return named | _finite({f"at_{k:g}".replace(".", "_"): v for k, v in self.walked.items()})

    def curvatures(self) -> dict[str, float]:
        """Name the medians of |K|, in units of the median distance and without."""
        return {
            "scaled": self.curvature.median_size,
            "scaled_untrained": self.curvature_bare,
            "unscaled": self.curvature.curvature.abs().median().item(),
        }


def score_space(
    space: Space, untrained: Space, rows: Tensor, *, n_points: int, steps: Sequence[float], seed: int
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
    s, bare = survey(space, rows, sizes=SIZES), survey(untrained, rows[::2], sizes=SIZES)
    euclidean_bare, riemannian_bare = mean_distances(bare, 100, seed=seed)
    points, chosen = drawn_points(space, n_points, seed), rows[_drawn(len(rows), n_points, seed)]
    codes = space.codes[points]
    singly = range(WELL_STARTED)
    permuted = s.space.labels[_drawn(len(rows), len(rows), seed)]
    readings = {
        "all pairs": c_hat(s),
        "within a class": c_hat(s, "within"),
        "gap alone": c_hat_of_gap(s, seed=seed),
        "linear decoder": c_hat(s, distance="flat"),
        "fitted units": c_hat(s, against="flat"),
        "untrained": c_hat(bare),
        "half of the images": c_hat_of_few(s, len(rows) // 2, seed=seed),
        "misfit": misfit(s),
    }
    return SpaceScores(
        survey=s,
        bare=bare,
        c_hat={name: value.item() for name, value in readings.items()},
        mean_distance=dict(zip(DISTANCES, mean_distances(s, 100, seed=seed), strict=True)),
        ratio_bare=riemannian_bare / euclidean_bare,
        f_one={r: sum(f_score(s, r, seed=i) for i in singly) / WELL_STARTED for r in DISTANCES},
        f_best={r: f_score(s, r, seed=seed, n_init=WELL_STARTED) for r in DISTANCES},
        f_chance=f_score(s, "riemannian", seed=seed, n_init=WELL_STARTED, labels=permuted),
        margins={r: margin(s, r).item() for r in DISTANCES},
        sparse=neighbour_angle(space, rows, chosen),
        dense=neighbour_angle(space, torch.arange(len(space.codes)), points),
        walked={k: walked_angles(space.metric, codes, codes.roll(1, 0), k).nanmean().item() for k in steps},
        tenth=tangent_angles(space.metric, codes, codes + 0.1 * (codes.roll(1, 0) - codes)).mean().item(),
        angle_bare=neighbour_angle(untrained, rows, chosen)[0],
        curvature=straight_plane_curvatures(space, points, s, seed),
        curvature_bare=straight_plane_curvatures(untrained, points, bare, seed).median_size,
        scalar=_scalar(space, points[:SCALAR_POINTS]),
    )


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if math.isfinite(value)}


def drawn_points(space: Space, n_points: int, seed: int) -> Tensor:
    """Draw the rows (n_points,) of the codes at which tangent spaces and curvatures are taken."""
    return _drawn(len(space.codes), n_points, seed)


def _drawn(n: int, n_drawn: int, seed: int) -> Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed))[:n_drawn]


def straight_plane_curvatures(space: Space, points: Tensor, s: Survey, seed: int) -> CurvatureSample:
    """Take sectional curvatures in planes that straight ways to two other codes span, in double precision.

    Args:
        space: codes and decoder.
        points: (n,) the codes, 3 at least; a plane each.
        s: the survey whose median geodesic distance is the unit of length.
        seed: of the planes.
    """
    double, length = space.only(points).double(), pairs_of(s.riemannian).median().item()
    planes = data_planes(double.codes, 1, generator=torch.Generator().manual_seed(seed))
    # the generator is not used where planes are given
    return curvature_sample(
        double.metric, double.codes, length=length, generator=torch.Generator(), planes=planes
    )


def _scalar(space: Space, points: Tensor) -> float | None:
    if space.codes.shape[1] > SCALAR_DIM:
        return None
    double = space.only(points).double()
    return scalar_curvature(double.metric, double.codes).median().item()
