"""A classifier for sets that are split by identity: the test split's labels are none that it knows."""

import torch
from torch import Tensor

from companion.models.networks.encoders_decoders import encoder_of
from companion.models.plain.classifier import Classifier
from companion.models.spec import ModelSpec


def build(spec: ModelSpec) -> "IdentityClassifier":
    """Make the untrained classifier that is named "classifier-identity-conv"."""
    return IdentityClassifier(encoder_of(spec, spec.n_classes), spec.image_shape, spec.n_classes)


class IdentityClassifier(Classifier):
    """A `Classifier` that is judged on known labels alone; the arguments are the same."""

    def test_terms(
        self, x: Tensor, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        """Accuracy, 0 or 1 an image; an image of a label that training has not seen counts as 0."""
        return {"accuracy": (self(x).argmax(-1) == labels).double()}
