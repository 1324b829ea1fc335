"""What a loaded data set is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

SHIPPED = Path(__file__).with_name("data")
"""Folder of the raw files that come with the project."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images with labels and known factors of variation.

    Attributes:
        images: (n, channels, height, width) float32 in [0, 1]; points that are no images have shape
            (n, 1, 1, D) and any range.
        labels: (n,) int64.
        factors: name -> (n,) int64 or float32, what is known of each image besides its label.
        name: name of the set, as `load` takes it.
        split: "train", "test" or "all".
        sha256: checksum of the raw files that the set was read from, the same for every split; of a set that
            code makes, a checksum of its name and edition.
    """

    images: Tensor
    labels: Tensor
    factors: Mapping[str, Tensor]
    name: str
    split: str
    sha256: str

    def __len__(self) -> int:
        return len(self.images)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return tuple(self.images.shape[1:])

    def __repr__(self) -> str:
        shape = " x ".join(map(str, self.images.shape))
        return f"Dataset({self.name!r}, {self.split!r}, images {shape}, factors {list(self.factors)})"
