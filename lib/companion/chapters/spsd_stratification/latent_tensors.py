"""Take the codes of images as blocks of numbers, from clean images and from noisy ones."""

import torch
from torch import Tensor

from companion.models import LatentModel


def noisy(images: Tensor, std: float, *, seed: int) -> Tensor:
    """Add Gaussian noise to images, and do not clip: the same draw at every standard deviation.

    Args:
        images: (*shape).
        std: standard deviation of the noise, 0 or more.
        seed: of the noise.

    Returns:
        (*shape).

    Raises:
        ValueError: for a negative standard deviation.
    """
    if not 0 <= std < float("inf"):
        raise ValueError(f"std: got {std!r}, expected 0 or a positive number")
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(images.shape, generator=generator, dtype=images.dtype)
    return images + std * noise.to(images.device)


@torch.no_grad()
def latent_points(model: LatentModel, images: Tensor, *, sample_seed: int | None = None) -> Tensor:
    """Encode images to latent points: the posterior's mean, or one draw from the posterior.

    Args:
        model: any model with an encoder, in eval mode.
        images: (n, channels, height, width).
        sample_seed: seed of the draw; None takes the mean. A model without a posterior has nothing to draw.

    Returns:
        (n, d).
    """
    code = model.encode(images)
    if isinstance(code, Tensor):
        return code
    mean, std = code
    if sample_seed is None:
        return mean
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(sample_seed), dtype=mean.dtype)
    return mean + std * noise.to(mean.device)


@torch.no_grad()
def latent_tensors(model: LatentModel, images: Tensor, *, sample_seed: int | None = None) -> Tensor:
    """Encode images to blocks of numbers, in double precision, as the ranks need it.

    Args:
        model: a model with `code_tensor`, in eval mode.
        images: (n, channels, height, width).
        sample_seed: as in `latent_points`.

    Returns:
        (n, height, width, channels) of the code.

    Raises:
        ValueError: for a model whose code has no height and width.
    """
    if not hasattr(model, "code_tensor"):
        raise ValueError(f"model: got {type(model).__name__}, expected one with a spatial code")
    return model.code_tensor(latent_points(model, images, sample_seed=sample_seed)).double()
