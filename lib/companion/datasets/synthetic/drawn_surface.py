"""Sets that code makes: points of a surface or curve of known geometry, drawn with a fixed seed a split."""

from collections.abc import Callable, Mapping

import numpy as np
import torch

from companion.datasets.checksums import data_checksum
from companion.datasets.dataset import Dataset

SEEDS = {"train": 0, "test": 1}
Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray, Mapping[str, np.ndarray]]]


def draw_points(name: str, split: str, draw: Draw, sizes: Mapping[str, int]) -> Dataset:
    """Draw the points of one split; each split has its own seed, which no configuration changes.

    Args:
        name: of the set.
        split: "train", "test", or "all", which is the training points and then the test points.
        draw: generator, n -> points (n, D), labels (n,), factors (n,).
        sizes: split -> n.

    Returns:
        the points as images of shape (n, 1, 1, D).
    """
    splits = ("train", "test") if split == "all" else (split,)
    draws = [draw(np.random.default_rng(SEEDS[part]), sizes[part]) for part in splits]
    points = np.concatenate([points for points, _, _ in draws]).astype(np.float32)
    labels = np.concatenate([labels for _, labels, _ in draws]).astype(np.int64)
    factors = {
        factor: torch.from_numpy(
            np.concatenate([values[factor] for _, _, values in draws]).astype(np.float32)
        )
        for factor in draws[0][2]
    }
    images = torch.from_numpy(points).view(len(points), 1, 1, -1)
    return Dataset(images, torch.from_numpy(labels), factors, name, split, data_checksum(name))
