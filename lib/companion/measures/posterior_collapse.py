"""Does a variational autoencoder use its code, and which channels of it?"""

import torch
from torch import Tensor

from companion.measures.displacement import displacement
from companion.models import VAE

ACTIVE_NATS = 0.01
ACTIVE_VARIANCE = 0.01


@torch.no_grad()
def kl_per_channel(model: VAE, images: Tensor) -> Tensor:
    r"""Add up the divergence of posterior from prior over the places of each channel, mean over images.

    $$\mathrm{KL}_c = \frac1N \sum_n \sum_{h, w} \mathrm{KL}\big( q(z_{hwc} \mid x_n) \,\|\, N(0, 1) \big)$$

    Args:
        model: with a spatial code.
        images: (N, channels, height, width).

    Returns:
        (c,) nats an image.
    """
    mean, std = model.encode(images)
    terms = 0.5 * (mean.square() + std.square() - 1) - std.log()
    return terms.unflatten(-1, model.code_shape).sum((-2, -1)).mean(0)


@torch.no_grad()
def code_variances(means: Tensor) -> Tensor:
    """Find the variances of the posteriors' means along their principal axes.

    Args:
        means: (N, d) of N images.

    Returns:
        (d,), the largest first. Under a well-used standard normal prior each is near one.
    """
    return torch.linalg.eigvalsh(torch.cov(means.mT).reshape(means.shape[-1], -1)).flip(0)


def active_axes(variances: Tensor) -> int:
    """Count the axes whose variance exceeds a hundredth, the bound of Burda et al. (2016), section 5.2.

    Theirs are coordinates, ours principal axes, so that two coordinates that say the same count once.
    """
    return int((variances > ACTIVE_VARIANCE).sum())


def active_channels(kl: Tensor, n_places: int) -> int:
    """Count the channels whose divergence exceeds a hundredth of a nat a place."""
    return int((kl > ACTIVE_NATS * n_places).sum())


@torch.no_grad()
def mean_shift(model: VAE, clean: Tensor, disturbed: Tensor) -> tuple[float, float]:
    """Measure whether the posterior's mean moves when the images are disturbed.

    A code that does not move may be robust, or may not depend on the image at all: read both numbers.

    Args:
        model: any VAE.
        clean: (N, channels, height, width).
        disturbed: the same images with noise.

    Returns:
        the mean displacement in units of the means' spread (`eq-displacement`), and the root mean square
        change of a mean in units of its posterior's standard deviation.
    """
    (before, std), (after, _) = model.encode(clean), model.encode(disturbed)
    in_posteriors = ((after - before) / std).square().mean().sqrt().item()
    if torch.equal(before, after):  # of a code that ignores the image altogether, there is no spread
        return 0.0, 0.0
    return displacement(before, after).mean().item(), in_posteriors
