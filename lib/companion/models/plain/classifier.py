"""Classifiers: the judges of what an image shows."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from companion.models.batch import Batch
from companion.models.networks.encoders_decoders import encoder_of
from companion.models.spec import ModelSpec
from companion.models.trainable import TrainableModel


def build(spec: ModelSpec) -> "Classifier":
    """Make the untrained classifier that is named "classifier-mlp" or "classifier-conv"."""
    return Classifier(encoder_of(spec, spec.n_classes), spec.image_shape, spec.n_classes)


class Classifier(TrainableModel):
    """A network from images to the logits of their labels.

    Args:
        network: (*batch, D) -> (*batch, n_classes).
        image_shape: channels, height, width.
        n_classes: number of labels, 0 to n_classes - 1.

    Raises:
        ValueError: fewer than two classes.
    """

    def __init__(self, network: nn.Module, image_shape: tuple[int, int, int], n_classes: int):
        super().__init__(image_shape)
        if n_classes < 2:
            raise ValueError(f"n_classes: got {n_classes}, expected 2 or more")
        self.network = network
        self.n_classes = n_classes

    def forward(self, x: Tensor) -> Tensor:
        """Logits (*batch, n_classes) of images (*batch, D) or (*batch, channels, height, width)."""
        return self.network(self.flat(x))

    def batch_loss(self, batch: Batch, *, generator: torch.Generator) -> Tensor:
        """Cross-entropy of the labels, in nats, averaged over the batch."""
        return F.cross_entropy(self(batch.images), batch.labels)

    def test_terms(
        self, x: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """Accuracy, 0 or 1 an image, and cross-entropy in nats."""
        logits = self(x)
        return {
            "accuracy": (logits.argmax(-1) == labels).double(),
            "cross_entropy": F.cross_entropy(logits, labels, reduction="none"),
        }
