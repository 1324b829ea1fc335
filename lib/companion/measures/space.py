"""The latent space that a document talks about: codes of images, and the decoder that they belong to."""

import copy
from dataclasses import dataclass

import torch
from pullback.metrics.base import Metric
from pullback.metrics.pullback import PullbackMetric
from torch import Tensor, nn

from companion.models.disentangled.two_part_code import DisentangledModel
from companion.models.latent_model import LatentModel


@dataclass(frozen=True)
class CodeSpace:
    """Codes of images with the decoder of those codes.

    Attributes:
        codes: (n, d).
        labels: (n,).
        decoder: (*batch, d) -> (*batch, D).
    """

    codes: Tensor
    labels: Tensor
    decoder: nn.Module

    @property
    def metric(self) -> Metric:
        """The pullback metric of the decoder."""
        return PullbackMetric(self.decoder)

    def only(self, rows: Tensor) -> "CodeSpace":
        """Keep the codes of these rows, in the dtype that they have."""
        return CodeSpace(self.codes[rows], self.labels[rows], self.decoder)

    def with_decoder_of(self, other: "CodeSpace") -> "CodeSpace":
        """Keep the codes and take another space's decoder, an untrained one's say."""
        return CodeSpace(self.codes, self.labels, other.decoder)

    def double(self) -> "CodeSpace":
        """Turn codes and a copy of the decoder into double precision."""
        return CodeSpace(self.codes.double(), self.labels, copy.deepcopy(self.decoder).double())


@torch.no_grad()
def code_space(model: LatentModel, images: Tensor, labels: Tensor) -> CodeSpace:
    """Encode images, and take the decoder of the part of the code that is studied.

    Of a disentangling model that is the specified code, with the unspecified code fixed at its mean over the
    images, as in Shukla et al. (2019), Fig. 6; of any other model it is the whole code.

    Args:
        model: in evaluation mode.
        images: (n, c, h, w) or (n, D), in the model's dtype.
        labels: (n,).
    """
    if isinstance(model, DisentangledModel):
        parts = [model.encode_parts(x) for x in images.split(1000)]
        fixed = torch.cat([part.unspecified for part in parts]).mean(0)
        codes = torch.cat([part.specified for part in parts])
        return CodeSpace(codes, labels, model.specified_decoder(fixed))
    return CodeSpace(torch.cat([model.encode_mean(x) for x in images.split(1000)]), labels, model.decoder)


@torch.no_grad()
def principal_plane(space: CodeSpace) -> CodeSpace:
    r"""Keep of a space the plane in which its codes spread most.

    $$f_P(w) = f(\bar z + P w), \qquad w_i = P^\top (z_i - \bar z)$$

    with the mean of the codes and, in the columns of P (d, 2), their first two principal directions. The
    image of the plane is a surface inside that of the space, and its geodesics are the shortest among the
    curves that stay in the plane: the space may have shorter ones.

    Args:
        space: codes (n, d) of at least two dimensions, d >= 2 and n >= 2, in the decoder's dtype.

    Returns:
        codes w (n, 2) with the decoder f_P (*batch, 2) -> (*batch, D), which shares f with the given space.

    Raises:
        ValueError: when codes do not span a plane.
    """
    if space.codes.ndim != 2 or min(space.codes.shape) < 2:
        raise ValueError(f"codes: got shape {tuple(space.codes.shape)}, expected (n, d), both 2 at least")
    mean = space.codes.mean(0)
    directions = torch.linalg.svd(space.codes - mean, full_matrices=False).Vh[:2].T
    # Without drawing weights, which would move the global source of randomness.
    into = nn.utils.skip_init(nn.Linear, 2, len(mean), dtype=mean.dtype, device=mean.device)
    into.weight.copy_(directions)
    into.bias.copy_(mean)
    decoder = nn.Sequential(into.requires_grad_(False), space.decoder)
    return CodeSpace((space.codes - mean) @ directions, space.labels, decoder)


def balanced_rows(labels: Tensor, per_class: int, n_classes: int, *, generator: torch.Generator) -> Tensor:
    """Draw equally many rows of each of the first classes that have enough.

    Args:
        labels: (n,) labels.
        per_class: rows of a class.
        n_classes: number of classes; all where there are fewer.
        generator: source of randomness.

    Returns:
        (per_class * classes,) rows, class by class.

    Raises:
        ValueError: when fewer than two classes have as many rows.
    """
    kinds, counts = labels.unique(return_counts=True)
    kinds = kinds[counts >= per_class][:n_classes]
    if len(kinds) < 2:
        raise ValueError(f"per_class: got {per_class}, expected at most {int(counts.max())} for two classes")
    rows = []
    for kind in kinds:
        mine = (labels == kind).nonzero()[:, 0]
        rows.append(mine[torch.randperm(len(mine), generator=generator)[:per_class]])
    return torch.cat(rows)
