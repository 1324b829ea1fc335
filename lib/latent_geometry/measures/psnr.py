"""How good is a reconstruction, in decibels?"""

from torch import Tensor


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
