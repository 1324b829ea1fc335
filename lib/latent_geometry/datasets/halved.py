"""chairs-sh3d-32 and heads-32: sets of 64 x 64 pixels at half their side, where networks must train fast."""

import dataclasses

from torch.nn.functional import avg_pool2d

from latent_geometry.datasets.chairs import load_chairs
from latent_geometry.datasets.dataset import Dataset
from latent_geometry.datasets.heads import load_heads


def load_chairs_32(split: str) -> Dataset:
    """Load `chairs-sh3d` at 32 x 32."""
    return _halved(load_chairs(split))


def load_heads_32(split: str) -> Dataset:
    """Load `heads` at 32 x 32."""
    return _halved(load_heads(split))


def _halved(whole: Dataset) -> Dataset:
    """Average each square of 2 x 2 pixels; labels, factors, split and checksum stay the same."""
    return dataclasses.replace(whole, images=avg_pool2d(whole.images, 2), name=f"{whole.name}-32")
