"""two-clusters-2d: two clusters of a plane bent into ten dimensions, to map what a model does not know."""

import functools

import numpy as np
import torch
from torch import Tensor

from companion.datasets.dataset import Dataset
from companion.datasets.synthetic.drawn_surface import draw_points

AMBIENT_DIM = 10
NOISE_STD = 0.05
SIZES = {"train": 1000, "test": 500}
CENTRES = np.array([[-1.5, 0.0], [1.5, 0.0]])
SPREADS = np.array([0.3, 0.7])


def load_two_clusters(split: str) -> Dataset:
    r"""Load noisy points of two clusters, half of the points each: 1,000 to train, 500 to test.

    In the plane, $u \sim N(\pm(1.5, 0),\ \mathrm{diag}(0.3^2, 0.7^2))$; a point is `cluster_points(u)` with
    Gaussian noise of 0.05. Arvanitidis et al. 2018 (Figs 4 and 5) map a toy set of two clusters whose
    definition is not known to us; this one is ours. The labels are the clusters, the factors `u1` and `u2`.
    The points are not pixels.
    """
    return draw_points("two-clusters-2d", split, _draw, SIZES)


def cluster_points(u: Tensor) -> Tensor:
    r"""Bend the plane into ten dimensions, without noise.

    $$f(u) = (u_1,\ u_2,\ \sin(a_1 \cdot u + b_1),\ \dots,\ \sin(a_8 \cdot u + b_8))$$

    The directions $a_j$ have length 1 and, like the phases $b_j$, were drawn once for all. The first two
    coordinates make it an immersion, with metric $I + \sum_j \cos^2(a_j \cdot u + b_j) \, a_j a_j^\top$.

    Args:
        u: (*batch, 2).

    Returns:
        points (*batch, 10).
    """
    directions, phases = _waves()
    return torch.cat([u, (u @ directions.to(u).mT + phases.to(u)).sin()], dim=-1)


@functools.cache
def _waves() -> tuple[Tensor, Tensor]:
    generator = np.random.default_rng(10)
    turn, phases = generator.uniform(0, 2 * np.pi, (2, AMBIENT_DIM - 2))
    directions = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    return torch.from_numpy(directions), torch.from_numpy(phases)


def _draw(generator: np.random.Generator, n: int):
    labels = np.arange(n) % 2
    u = CENTRES[labels] + SPREADS * generator.standard_normal((n, 2))
    clean = cluster_points(torch.from_numpy(u)).numpy()
    points = clean + NOISE_STD * generator.standard_normal(clean.shape)
    return points, labels, {"u1": u[:, 0], "u2": u[:, 1]}
