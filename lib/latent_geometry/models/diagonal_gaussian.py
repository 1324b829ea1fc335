"""The log likelihood of flat images when each pixel has its own standard deviation."""

import math

from torch import Tensor


def diagonal_gaussian_log_likelihood(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    r"""Sum the log densities of independent Gaussians, each with its own standard deviation.

    $$\log p(x \mid z) = -\sum_a \Big( \tfrac{(x^a - \mu^a)^2}{2 (\sigma^a)^2} + \log \sigma^a
    + \tfrac12 \log 2 \pi \Big)$$

    Args:
        x: (*batch, D).
        mean: (*batch, D).
        std: (*batch, D), positive.

    Returns:
        (*batch,); a density, which may exceed 0.
    """
    return -(0.5 * ((x - mean) / std).square() + std.log() + 0.5 * math.log(2 * math.pi)).sum(-1)
