"""Measure one model of the factorial of baselines: first the exam, and the geometry of what has passed it."""

import math
from dataclasses import dataclass

import torch
from pullback.measures.draws import balanced_rows
from torch import nn

from companion import datasets
from companion.chapters.disentangled_curvature.headline import headline_readings
from companion.chapters.disentangled_curvature.probe import probe_accuracy
from companion.chapters.disentangled_curvature.space_scores import drawn_points
from companion.datasets import Dataset
from companion.measures.exam import Exam, examine
from companion.measures.space import Space, code_space
from companion.models import LatentModel
from companion.models.disentangled.two_part_code import DisentangledModel
from companion.training import evaluate

PER_CLASS, N_CLASSES = 3, 10
N_ENCODED, N_POINTS, N_PROBE = 2000, 30, 4000
Readings = dict[str, float | bool]


@dataclass(frozen=True, eq=False)
class Pictures:
    """What every model is asked about: test pictures in a drawn order, and training pictures for probes.

    Attributes:
        test: the test pictures.
        train: the training pictures.
        mixed: (n,) an order of the former.
        rows: places of the pictures whose distances are taken, among the first `N_ENCODED` of that order.
        seed: of the draws.
    """

    test: Dataset
    train: Dataset
    mixed: torch.Tensor
    rows: torch.Tensor
    seed: int

    @classmethod
    def of(cls, dataset: str, *, seed: int) -> "Pictures":
        """Draw them as the chapter does."""
        test, train = datasets.load(dataset, "test"), datasets.load(dataset, "train")
        draw = torch.Generator().manual_seed
        mixed = torch.randperm(len(test), generator=draw(seed))
        labels = test.labels[mixed[:N_ENCODED]]
        rows = balanced_rows(labels, PER_CLASS, N_CLASSES, generator=draw(seed))
        return cls(test, train, mixed, rows, seed)

    def space(self, model: LatentModel) -> Space:
        """Encode the first of the test pictures."""
        chosen = self.mixed[:N_ENCODED]
        return code_space(model, self.test.images[chosen], self.test.labels[chosen])


def measure_cell(model: LatentModel, pictures: Pictures, *, is_smooth: bool) -> Readings:
    """Examine a trained model and, where it has passed, take the scores of its space.

    Args:
        model: in evaluation mode.
        pictures: what it is asked about.
        is_smooth: whether its decoder has no rectifiers.

    Returns:
        name -> reading: those of `examine_model`, and then those of `headline_readings`.
    """
    found, exam = examine_model(model, pictures)
    if exam.is_passed:
        space = pictures.space(model)
        points = drawn_points(space, N_POINTS, pictures.seed)
        found |= headline_readings(space, pictures.rows, points, seed=pictures.seed, is_smooth=is_smooth)
    return {name: value for name, value in found.items() if math.isfinite(value)}


@torch.no_grad()
def examine_model(model: LatentModel, pictures: Pictures) -> tuple[Readings, Exam]:
    """Judge a model by its drawings of test pictures, by its codes, and by probes where these have two parts.

    Returns:
        name -> reading, and the exam: `squared_error`, of a VAE `kl`, of a learned noise `noise_std`,
        `explained`, `axes`, `probe_s` and `probe_z` as shares, and `passed`.
    """
    terms = evaluate(model, pictures.test.images, pictures.seed, labels=pictures.test.labels)
    found: Readings = {name: terms[name] for name in ("squared_error", "kl") if name in terms}
    if isinstance(model.log_std, nn.Parameter):
        found["noise_std"] = model.log_std.exp().item()
    probes = _probes(model, pictures) if isinstance(model, DisentangledModel) else {}
    x = pictures.test.images[pictures.mixed[:N_ENCODED]]
    drawn = model.decoder(model.encode_mean(x))
    exam = examine(drawn, x.flatten(1), pictures.space(model).codes, probe=probes.get("probe_s"))
    seen = {"explained": exam.explained, "axes": exam.axes, "passed": exam.is_passed}
    return {**found, **probes, **seen}, exam


def _probes(model: DisentangledModel, pictures: Pictures) -> dict[str, float]:
    """Share of right answers from s, and from a draw of z, both learned on training pictures."""
    draw = torch.Generator().manual_seed(pictures.seed)
    learned = torch.randperm(len(pictures.train), generator=draw)[:N_PROBE]
    sets = ((pictures.train, learned), (pictures.test, pictures.mixed[:N_PROBE]))
    codes, labels = [], []
    for data, rows in sets:
        with torch.no_grad():
            s, z, spread = model.encode_parts(data.images[rows])
        codes.append((s, z + spread * torch.randn(z.shape, generator=draw)))
        labels.append(data.labels[rows])
    shares = [
        probe_accuracy(a, labels[0], b, labels[1], seed=pictures.seed) for a, b in zip(*codes, strict=True)
    ]
    return dict(zip(("probe_s", "probe_z"), shares, strict=True))
