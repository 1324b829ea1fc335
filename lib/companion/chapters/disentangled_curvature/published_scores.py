"""The chapter's scores of models that other people trained, with draws of pictures in place of trainings.

Of published weights there is one training each, so that an interval can only be over pictures: each seed has
a pool of its own, whose pictures are dealt to draws of 30, 60 and 120 that share none.
"""

import math
from dataclasses import dataclass, replace

import torch
from pullback.measures.draws import balanced_rows
from pullback.measures.jacobian.conditioning import jacobian_rank
from torch import Tensor

from companion import published
from companion.chapters.disentangled_curvature.baseline_cell import N_POINTS, Pictures, examine_model
from companion.chapters.disentangled_curvature.headline import (
    angle_to_neighbours,
    headline_readings,
    survey_of,
)
from companion.chapters.disentangled_curvature.space_scores import DISTANCES, WELL_STARTED, drawn_points
from companion.measures.of_space.labels import f_score
from companion.measures.of_space.lengths import c_hat, length_saved, mean_distances, misfit
from companion.measures.of_space.survey import Survey
from companion.measures.space import Space

N_CLASSES = 10
PER_CLASS = (3, 6, 12)
N_ANGLE_DRAWS, N_DISTANCES = 4, 100
RANK_TOLERANCES = {"rank_1e_5": 1e-5, "rank_1e_2": 1e-2}
Scores = dict[str, float | bool | list[float]]


@dataclass(frozen=True)
class PublishedSubject:
    """Published weights, looked at with one pool of pictures.

    Attributes:
        model: a name of `published.NAMES` that was trained on MNIST.
        per_class: pictures of each digit in the pool, whose distances are taken.
        statistics: of instance normalisations, "own" or "stored"; "" where there are none.
        seed: of the pictures.
    """

    model: str
    per_class: int
    statistics: str = ""
    seed: int = 0

    @property
    def name(self) -> str:
        """Model, statistics and number of pictures, joined by hyphens; without the seed."""
        parts = ("published", self.model, self.statistics, str(N_CLASSES * self.per_class))
        return "-".join(filter(None, parts))


def measure_published(subject: PublishedSubject, pictures: Pictures) -> Scores:
    """Examine published weights and, where they pass, take the chapter's scores of their space.

    Args:
        subject: which weights, and how many pictures.
        pictures: those of the subject's seed.

    Returns:
        name -> reading as of `measure_cell`, the ranks of the Jacobian at two thresholds, and for each size
        of draw `NAME_30` with the mean over draws and `NAME_30_draws` with all of them.
    """
    loaded = published.load(
        subject.model, **({"statistics": subject.statistics} if subject.statistics else {})
    )
    test, train = (
        replace(data, images=loaded.pictures(data.images)) for data in (pictures.test, pictures.train)
    )
    pictures = replace(pictures, test=test, train=train)
    found, exam = examine_model(loaded.model, pictures)
    if not exam.is_passed:
        return found
    space = pictures.space(loaded.model).double()
    points = drawn_points(space, N_POINTS, pictures.seed)
    draw = torch.Generator().manual_seed(subject.seed)
    pool = balanced_rows(space.labels, subject.per_class, N_CLASSES, generator=draw)
    s = survey_of(space, pool, seed=pictures.seed, is_smooth=False)
    few = deal(subject.per_class, PER_CLASS[0])[0]
    found |= headline_readings(space, pool[few], points, seed=pictures.seed, is_smooth=False, s=s.part(few))
    ranks = jacobian_rank(space.metric, space.codes[points], torch.tensor(list(RANK_TOLERANCES.values())))
    found |= dict(zip(RANK_TOLERANCES, ranks.double().mean(0).tolist(), strict=True))
    return found | _of_distances(s, subject.per_class) | _of_angles(space, subject.seed)


def deal(per_class: int, taken: int) -> list[Tensor]:
    """Deal a pool of so many pictures of each class, class by class, to draws of fewer of each.

    Returns:
        places in the pool, one tensor per draw; no picture is in two draws.
    """
    places = torch.arange(N_CLASSES * per_class).reshape(N_CLASSES, per_class)
    return [places[:, i : i + taken].flatten() for i in range(0, per_class - taken + 1, taken)]


def _of_distances(s: Survey, per_class: int) -> Scores:
    found: Scores = {}
    for taken in PER_CLASS:
        parts = [s.part(places) for places in deal(per_class, taken)]
        scores = [_scores(part) for part in parts]
        for name in scores[0] if scores else ():
            _keep(found, f"{name}_{N_CLASSES * taken}", [one[name] for one in scores])
    return found


def _scores(s: Survey) -> dict[str, float]:
    distances = dict(zip(DISTANCES, mean_distances(s, N_DISTANCES, seed=s.seed), strict=True))
    f = {r: sum(f_score(s, r, seed=i) for i in range(WELL_STARTED)) / WELL_STARTED for r in DISTANCES}
    return {
        "c_hat": c_hat(s).item(),
        "misfit": misfit(s).item(),
        "saved": length_saved(s).item(),
        "ratio": distances["riemannian"] / distances["euclidean"],
        **{f"distance_{name}": value for name, value in distances.items()},
        **{f"f_{name}": value for name, value in f.items()},
        "f_gain": f["riemannian"] - f["euclidean"],
    }


def _of_angles(space: Space, seed: int) -> Scores:
    """Take the angle at the nearest neighbour in draws from all encoded pictures: it needs no distances."""
    found: Scores = {}
    for taken in PER_CLASS:
        angles = []
        for i in range(N_ANGLE_DRAWS):
            draw = torch.Generator().manual_seed(N_ANGLE_DRAWS * seed + i)
            rows = balanced_rows(space.labels, taken, N_CLASSES, generator=draw)
            angles.append(angle_to_neighbours(space, rows, rows)[0])
        if all(map(math.isfinite, angles)):
            _keep(found, f"angle_{N_CLASSES * taken}", angles)
    return found


def _keep(found: Scores, name: str, values: list[float]) -> None:
    found[name], found[f"{name}_draws"] = sum(values) / len(values), values
