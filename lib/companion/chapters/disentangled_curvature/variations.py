"""Keep what an image shows and redraw how it looks: variations by a disentangled code, and by a VAE's."""

import torch
from torch import Tensor

from companion.models.disentangled.two_part_code import DisentangledModel
from companion.models.latent_model import LatentModel


@torch.no_grad()
def variations(model: LatentModel, images: Tensor, donors: Tensor, kept: Tensor | None = None) -> Tensor:
    """Decode each image's own kept coordinates with the other coordinates of each donor.

    Of a disentangling model the specified code is kept. The unspecified codes are those of real images and
    not draws from a prior, so that models without one are treated alike. Shukla et al. (2019) show one such
    strip of a digit 2.

    Args:
        model: in evaluation mode.
        images: (n, c, h, w) or (n, D).
        donors: (m, c, h, w) or (m, D).
        kept: indices of the coordinates of a code that are kept; those of s unless given.

    Returns:
        (n, m, D) images.

    Raises:
        ValueError: when the model has no specified code and no coordinates are given.
    """
    if kept is None:
        if not isinstance(model, DisentangledModel):
            raise ValueError(f"kept: got None for a {type(model).__name__}, expected coordinates")
        kept = torch.arange(model.specified_dim)
    own, given = model.encode_mean(images), model.encode_mean(donors)
    codes = given.expand(len(own), *given.shape).clone()
    codes[..., kept] = own[:, None, kept].expand(-1, len(given), -1)
    return model.decoder(codes)


def informative_coordinates(codes: Tensor, labels: Tensor, n_kept: int) -> Tensor:
    r"""Name the coordinates that tell most of the class: largest correlation ratio.

    $$\eta_i^2 = \mathrm{Var}(\mathbb{E}[z_i \mid y]) / \mathrm{Var}(z_i)$$

    Args:
        codes: (n, d).
        labels: (n,).
        n_kept: how many, 1 to d.

    Returns:
        (n_kept,) indices, the best first.
    """
    centred = codes - codes.mean(0)
    between = torch.zeros_like(codes)
    for kind in labels.unique():
        between[labels == kind] = centred[labels == kind].mean(0)
    ratio = between.square().mean(0) / centred.square().mean(0).clamp_min(torch.finfo(codes.dtype).tiny)
    return ratio.argsort(descending=True)[:n_kept]


def class_gaussian(codes: Tensor, n: int, *, generator: torch.Generator) -> Tensor:
    """Draw n points from the Gaussian with the mean and covariance of the codes (m, d) of one class."""
    mean, covariance = codes.double().mean(0), codes.double().T.cov()
    values, vectors = torch.linalg.eigh(covariance)
    noise = torch.randn(n, len(mean), dtype=torch.float64, generator=generator)
    return (mean + (noise * values.clamp_min(0).sqrt()) @ vectors.T).to(codes)
