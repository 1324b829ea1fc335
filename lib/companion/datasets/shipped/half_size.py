"""Sets at half their side, where networks must train fast; the side is the end of the name."""

import dataclasses

from torch.nn.functional import avg_pool2d

from companion.datasets.dataset import Dataset
from companion.datasets.folders.user_arrays import load_cars, load_sprites_20k
from companion.datasets.shipped.chairs import load_chairs
from companion.datasets.synthetic.heads import load_heads


def load_chairs_32(split: str) -> Dataset:
    """Load `chairs-sh3d` at 32 x 32."""
    return _halved(load_chairs(split))


def load_heads_32(split: str) -> Dataset:
    """Load `heads` at 32 x 32."""
    return _halved(load_heads(split))


def load_cars_32(split: str) -> Dataset:
    """Load `cars3d-2el` at 32 x 32."""
    return _halved(load_cars(split))


def load_sprites_30(split: str) -> Dataset:
    """Load `sprites-20k` at 30 x 30."""
    return _halved(load_sprites_20k(split))


def _halved(whole: Dataset) -> Dataset:
    """Average each square of 2 x 2 pixels; labels, factors, split and checksum stay the same."""
    images = avg_pool2d(whole.images, 2)
    return dataclasses.replace(whole, images=images, name=f"{whole.name}-{images.shape[-1]}")
