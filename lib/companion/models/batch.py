"""What one step of training sees: some images, their labels, and all the others to draw partners from."""

from dataclasses import dataclass

import torch
from torch import Tensor


class Pool:
    """All training images with their labels, ready for draws within a class.

    Args:
        images: (n, D) flat images.
        labels: (n,) integer labels, on the same device.
    """

    def __init__(self, images: Tensor, labels: Tensor):
        self.images = images
        self.labels = labels
        self._order = labels.argsort(stable=True)
        _, self._class, counts = labels.unique(return_inverse=True, return_counts=True)
        self._count = counts
        self._first = counts.cumsum(0) - counts

    def batch(self, rows: Tensor) -> "Batch":
        """Take the images of these rows (b,) for one step."""
        return Batch(self.images.index_select(0, rows), self.labels.index_select(0, rows), rows, self)

    def same_class(self, rows: Tensor, generator: torch.Generator) -> Tensor:
        """Draw for each row (b,) a row of the same label, uniformly, itself included."""
        kind = self._class.index_select(0, rows)
        share = torch.rand(len(rows), generator=generator, device=rows.device)
        place = (share * self._count[kind]).long().clamp_max(self._count[kind] - 1)
        return self._order[self._first[kind] + place]


@dataclass(frozen=True, eq=False)
class Batch:
    """The images of one step.

    Attributes:
        images: (b, D) flat images.
        labels: (b,) labels.
        rows: (b,) their places among all training images.
        pool: all training images.
    """

    images: Tensor
    labels: Tensor
    rows: Tensor
    pool: Pool

    def same_class(self, generator: torch.Generator) -> Tensor:
        """Draw for each image another one (b, D) of its label, uniformly, itself included."""
        return self.pool.images.index_select(0, self.pool.same_class(self.rows, generator))

    def independent(self, generator: torch.Generator) -> Tensor:
        """Draw as many images (b, D) from all of them, uniformly, whatever their labels."""
        size, device = len(self.rows), self.rows.device
        rows = torch.randint(len(self.pool.images), (size,), generator=generator, device=device)
        return self.pool.images.index_select(0, rows)
