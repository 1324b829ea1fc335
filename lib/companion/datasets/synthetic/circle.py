"""circle-1000: a circle bent through a thousand dimensions, after the guiding example of Hauberg 2018."""

import functools

import numpy as np
import torch
from torch import Tensor

from companion.datasets.dataset import Dataset
from companion.datasets.synthetic.drawn_surface import draw_points

AMBIENT_DIM = 1000
NOISE_STD = 0.1
SIZES = {"train": 200, "test": 200}
FREQUENCIES = (1, 2, 3)


def load_circle(split: str) -> Dataset:
    """Load noisy points of the circle: 200 angles, uniform on [0, 2 pi], to train, and 200 others to test.

    Number of points, dimension and noise are the document's (Hauberg 2018, p. 4). Its embedding is not known;
    ours is `circle_points`. The factor is `angle` in radians; all labels are 0. The points are not pixels.
    """
    return draw_points("circle-1000", split, _draw, SIZES)


def circle_points(angle: Tensor) -> Tensor:
    r"""Embed the circle, without noise.

    $$f(t)_{2k} = \cos(m_k t + \varphi_k), \quad f(t)_{2k+1} = \sin(m_k t + \varphi_k), \quad k < 500$$

    The first pair has $m_0 = 1$, $\varphi_0 = 0$, so the first two coordinates are the unit circle, and the
    curve does not cross itself. The other frequencies $m_k$ are 1, 2 or 3 and the phases anything, drawn once
    for all: every other coordinate is a polynomial of the first two on the circle. A rotation of the circle
    is a rotation of the space, so the speed is the same everywhere and arc lengths are exact.

    Args:
        angle: t, shape (*batch), in radians.

    Returns:
        points (*batch, 1000).
    """
    frequencies, phases = _waves()
    waves = angle[..., None] * frequencies.to(angle) + phases.to(angle)
    return torch.stack([waves.cos(), waves.sin()], dim=-1).flatten(-2)


def circle_speed() -> float:
    r"""Give the constant speed of the embedded circle, $\|f'(t)\| = (\sum_k m_k^2)^{1/2}$, per radian."""
    frequencies, _ = _waves()
    return frequencies.square().sum().sqrt().item()


def circle_arc_length(angle: Tensor, other: Tensor) -> Tensor:
    r"""Measure the shorter way round the circle, $\|f'\| \, \min(|s - t|,\ 2 \pi - |s - t|)$.

    Args:
        angle: s, shape (*batch), in radians.
        other: t, shape (*batch).

    Returns:
        lengths (*batch).
    """
    turn = (angle - other).remainder(2 * torch.pi)
    return circle_speed() * torch.minimum(turn, 2 * torch.pi - turn)


def circle_chord(angle: Tensor, other: Tensor) -> Tensor:
    r"""Measure the straight way, $2 \, (\sum_k \sin^2(m_k (s - t) / 2))^{1/2}$, in closed form.

    Args:
        angle: s, shape (*batch), in radians.
        other: t, shape (*batch).

    Returns:
        lengths (*batch).
    """
    frequencies, _ = _waves()
    halves = (angle - other)[..., None] * frequencies.to(angle) / 2
    return 2 * halves.sin().square().sum(-1).sqrt()


@functools.cache
def _waves() -> tuple[Tensor, Tensor]:
    generator = np.random.default_rng(1000)
    frequencies = generator.choice(FREQUENCIES, AMBIENT_DIM // 2).astype(float)
    phases = generator.uniform(0, 2 * np.pi, AMBIENT_DIM // 2)
    frequencies[0], phases[0] = 1, 0
    return torch.from_numpy(frequencies), torch.from_numpy(phases)


def _draw(generator: np.random.Generator, n: int):
    angle = generator.uniform(0, 2 * np.pi, n)
    clean = circle_points(torch.from_numpy(angle)).numpy()
    return clean + NOISE_STD * generator.standard_normal(clean.shape), np.zeros(n), {"angle": angle}
