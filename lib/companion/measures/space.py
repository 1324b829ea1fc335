"""A latent space that is measured: a decoder, codes in its domain, and what is known of them."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from pullback.metrics.base import Metric
from pullback.metrics.pullback import PullbackMetric
from torch import Tensor, nn

from companion.models.disentangled.two_part_code import DisentangledModel
from companion.models.latent_model import LatentModel

Map = Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Space:
    """A decoder with codes that it can decode.

    Attributes:
        decoder: (*batch, d) -> (*batch, D); a known surface will do.
        codes: (n, d), in the decoder's dtype.
        labels: (n,) classes of the codes; None where there are none.
        metric: of the space; the pullback by the decoder unless given.
        images: (n, D) what the codes are codes of; None where the decoder is not meant to draw it.
        std: the standard deviation (*batch, d) -> (*batch, D) that the model gives; None where it has none.
    """

    decoder: Map
    codes: Tensor
    labels: Tensor | None = None
    metric: Metric | None = None
    images: Tensor | None = None
    std: Map | None = None

    def __post_init__(self) -> None:
        if self.metric is None:
            object.__setattr__(self, "metric", PullbackMetric(self.decoder))

    def only(self, rows: Tensor) -> "Space":
        """Keep the codes of these rows, with their labels and images."""
        of_codes = {name: getattr(self, name) for name in ("codes", "labels", "images")}
        return replace(self, **{name: None if x is None else x[rows] for name, x in of_codes.items()})

    def with_decoder(self, decoder: Map) -> "Space":
        """Keep codes and labels and take another decoder with its pullback metric, an untrained one's say."""
        return Space(decoder, self.codes, self.labels)

    def double(self) -> "Space":
        """Turn codes and a copy of the decoder into double precision, with its pullback metric."""
        return Space(copy.deepcopy(self.decoder).double(), self.codes.double(), self.labels)


@torch.no_grad()
def code_space(model: LatentModel, images: Tensor, labels: Tensor) -> Space:
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
        return Space(model.specified_decoder(fixed), codes, labels)
    return Space(model.decoder, torch.cat([model.encode_mean(x) for x in images.split(1000)]), labels)


@torch.no_grad()
def principal_plane(space: Space) -> Space:
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
    return Space(decoder, (space.codes - mean) @ directions, space.labels)
