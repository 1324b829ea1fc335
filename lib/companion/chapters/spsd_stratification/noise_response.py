"""What does noise on the images do to a model: to its reconstructions, and to its codes?"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from companion.chapters.spsd_stratification.hilbert_response import (
    HilbertResponse,
    code_variance,
    hilbert_response,
    log_covariances,
)
from companion.chapters.spsd_stratification.latent_tensors import latent_points, latent_tensors, noisy
from companion.measures.displacement import displacement
from companion.models import LatentModel


@dataclass(frozen=True)
class NoiseResponse:
    """The same images at rising noise.

    Attributes:
        levels: standard deviations of the noise on the images.
        psnr: for each level the mean quality of the reconstruction against the clean image, dB.
        dimension: for each level how many axes of the Hilbert space carry the asked share of the sample.
        angle: for each level the mean principal angle with the clean sample's leading axes, degrees.
        displacement: for each level the mean way of a code from its clean one, over the codes' spread.
        points: for each level the codes (n, p) in the Hilbert space.
        clean: the clean codes there.
        responses: for each level the comparison with the clean sample.
    """

    levels: list[float]
    psnr: list[float]
    dimension: list[int]
    angle: list[float]
    displacement: list[float]
    points: list[Tensor]
    clean: Tensor
    responses: list[HilbertResponse]

    def ends(self, *quantities: str) -> dict[str, dict[str, float]]:
        """Look up quantities at the first level and at the last.

        Args:
            quantities: names of attributes with one number per level.

        Returns:
            quantity -> its value `clean` and at `most_noise`.
        """
        levels = {quantity: getattr(self, quantity) for quantity in quantities}
        return {quantity: {"clean": at[0], "most_noise": at[-1]} for quantity, at in levels.items()}


@torch.no_grad()
def noise_response(
    model: LatentModel,
    images: Tensor,
    levels: Sequence[float],
    *,
    n_axes: int,
    epsilon: float,
    seed: int,
    sampled: bool = False,
    n_points: int | None = None,
    share: float = 0.95,
) -> NoiseResponse:
    """Encode and decode images at rising noise, and compare with the clean ones.

    Args:
        model: a model with a spatial code, in eval mode.
        images: (n, channels, height, width).
        levels: standard deviations of the noise.
        n_axes: leading axes of each sample that the angles compare.
        epsilon: shift of the covariances, see `log_covariances`; its unit is that of the clean codes.
        seed: of the noise; a code is drawn anew for each level.
        sampled: whether a code is a draw from the posterior, in place of its mean. Then the response to no
            noise at all is that of drawing twice.
        n_points: images in the Hilbert space, from the front; None is all.
        share: of the trace, for the dimension.

    Returns:
        the response at each level.

    Raises:
        ValueError: for a negative level, or too few images for the axes.
    """
    few = slice(0, n_points)
    x = images.flatten(1)
    reference = latent_tensors(model, images, sample_seed=seed if sampled else None)
    unit = code_variance(reference)
    clean = log_covariances(reference[few], epsilon=epsilon, unit=unit)
    out = NoiseResponse(list(map(float, levels)), [], [], [], [], [], clean, [])
    for i, level in enumerate(levels):
        seen = noisy(images, level, seed=seed)
        draw = seed + 1 + i if sampled else None
        reconstruction = model.decoder(latent_points(model, seen, sample_seed=draw))
        codes = latent_tensors(model, seen, sample_seed=draw)
        points = log_covariances(codes[few], epsilon=epsilon, unit=unit)
        response = hilbert_response(clean, points, n_axes=n_axes, share=share)
        out.psnr.append(psnr(reconstruction, x).mean().item())
        out.dimension.append(response.dimension)
        out.angle.append(response.angles.mean().item())
        out.displacement.append(displacement(reference.flatten(1), codes.flatten(1)).mean().item())
        out.points.append(points)
        out.responses.append(response)
    return out


def psnr(reconstruction: Tensor, x: Tensor, *, peak: float = 1.0) -> Tensor:
    r"""Compute the peak signal-to-noise ratio of each image (`eq-psnr`).

    $$\mathrm{PSNR} = 10 \log_{10} \frac{p^2}{\frac1D \sum_a (\hat x^a - x^a)^2}$$

    The reference x is the clean image, also where the reconstruction was made from a noisy one.

    Args:
        reconstruction: (*batch, D).
        x: (*batch, D).
        peak: p, the largest value of a pixel.

    Returns:
        (*batch,) in decibels; infinite for a perfect reconstruction.

    Raises:
        ValueError: for unequal shapes or a peak that is not positive.
    """
    if reconstruction.shape != x.shape:
        raise ValueError(
            f"reconstruction: got shape {tuple(reconstruction.shape)}, expected {tuple(x.shape)}"
        )
    if not peak > 0:
        raise ValueError(f"peak: got {peak!r}, expected a positive number")
    return 10 * (peak**2 / (reconstruction - x).square().mean(-1)).log10()
