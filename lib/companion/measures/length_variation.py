"""How much do geodesic lengths change when a model is trained again?"""

from collections.abc import Callable, Sequence

import torch
from pullback.geodesics.geodesic import geodesic
from pullback.metrics.base import Metric
from scipy.stats import ttest_rel
from torch import Tensor

from companion.models.trainable import TrainableModel
from companion.training import TrainingConfig, load_or_train


def retrained_lengths(
    configs: Sequence[TrainingConfig],
    images: Tensor,
    metrics: Sequence[Callable[[TrainableModel], Metric]],
    *,
    n_segments: int = 12,
    max_steps: int = 60,
) -> tuple[Tensor, Tensor]:
    """Measure geodesics between the codes of the same images in one training after the other.

    Args:
        configs: the m trainings, which differ in their seed; a finished one is loaded.
        images: (p, 2, D) pairs of images.
        metrics: each makes a metric of a trained model.
        n_segments: segments of a geodesic.
        max_steps: steps allowed.

    Returns:
        (metrics, m, p) lengths, and (p,) whether all of a pair's geodesics converged.
    """
    lengths, good = [], []
    for config in configs:
        model = load_or_train(config, progress=False).model.cpu().double()
        ends = model.encode_mean(images.double()).unbind(1)
        how = {"n_segments": n_segments, "starts": "line", "tol": 1e-3, "max_steps": max_steps}
        solved = [geodesic(metric(model), *ends, **how) for metric in metrics]
        lengths.append(torch.stack([s.length for s in solved]))
        good += [s.converged for s in solved]
    return torch.stack(lengths, dim=1), torch.stack(good).all(0)


def length_variation(lengths: Tensor) -> Tensor:
    r"""Measure the coefficient of variation of each pair's length over retrained models
    (`eq-length-variation`).

    $$c_p = \frac{s_p}{\bar L_p}$$

    with the mean and the standard deviation over trainings of the lengths between the codes of the same two
    images. It has no unit, so models whose metrics have different scales can be compared. Syrota,
    Moreno-Munoz and Hauberg (2024), their measure.

    Args:
        lengths: (m, p) lengths of m trainings, m of 2 or more.

    Returns:
        (p,) ratios.

    Raises:
        ValueError: for fewer than two trainings.
    """
    if lengths.ndim != 2 or len(lengths) < 2:
        raise ValueError(
            f"lengths: got shape {tuple(lengths.shape)}, expected (m, p) with two trainings or more"
        )
    return lengths.std(0) / lengths.mean(0)


def paired_t(a: Tensor, b: Tensor) -> float:
    """Evaluate Student's paired t statistic of a - b over pairs (p,): negative where a is the smaller."""
    return float(ttest_rel(a.numpy(), b.numpy()).statistic)
