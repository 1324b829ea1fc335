"""How much of a Hilbert space does a sample fill? Spectra of Gram matrices, always in float64."""

import torch
from torch import Tensor

from pullback.spsd.checks import check_symmetric, first


def gram_spectrum(K: Tensor) -> Tensor:
    """Compute the eigenvalues of Gram matrices in float64, largest first, negative ones included.

    Costs N^3 operations, as does all that is read off a spectrum here.

    Args:
        K: (*batch, N, N) symmetric matrices.

    Returns:
        (*batch, N) eigenvalues.

    Raises:
        ValueError: for matrices that are not finite and symmetric.

    Example:
        >>> from pullback.spsd import gram_spectrum
        >>> gram_spectrum(torch.tensor([[0.5, 1.5], [1.5, 0.5]])).round(decimals=6).tolist()
        [2.0, -1.0]
    """
    return torch.linalg.eigvalsh(check_symmetric("K", K).double()).flip(-1)


def negative_share(K: Tensor) -> Tensor:
    """Compute which share of the absolute eigenvalues is negative: 0 where a Hilbert space holds the sample.

    Args:
        K: (*batch, N, N) symmetric matrices.

    Returns:
        (*batch,) shares from 0 to 1, float64.

    Raises:
        ValueError: for matrices that are not finite and symmetric, and for a zero matrix.

    Example:
        >>> from pullback.spsd import negative_share
        >>> round(negative_share(torch.diag(torch.tensor([3.0, -1.0]))).item(), 6)
        0.25
    """
    values = gram_spectrum(K)
    total = _nonzero(values.abs().sum(-1), "a zero matrix", "one with a nonzero eigenvalue")
    return values.clamp_max(0).abs().sum(-1) / total


def dimensionality(K: Tensor, *, share: float) -> Tensor:
    """Count the largest eigenvalues that carry a share of the trace, such as 0.95 or 0.99.

    Of the trace of the positive part, if some eigenvalues are negative: what those weigh is `negative_share`.

    Args:
        K: (*batch, N, N) symmetric matrices.
        share: above 0 and below 1.

    Returns:
        (*batch,) counts, int64.

    Raises:
        ValueError: for matrices that are not finite and symmetric or have no positive eigenvalue, and for a
            share out of range.

    Example:
        >>> from pullback.spsd import dimensionality
        >>> dimensionality(torch.diag(torch.tensor([6.0, 3.0, 1.0])), share=0.9).item()
        2
    """
    if isinstance(share, bool) or not isinstance(share, float) or not 0 < share < 1:
        raise ValueError(f"share: got {share!r}, expected a number above 0 and below 1")
    positive = gram_spectrum(K).clamp_min(0)
    total = _nonzero(positive.sum(-1), "no positive eigenvalue", "one or more")
    # Rounding of the running sum must not add a dimension to one that carries exactly the share.
    short = positive.cumsum(-1) < (share - 1e-12) * total[..., None]
    return short.sum(-1) + 1


def numerical_dimensionality(K: Tensor, *, rtol: float = 1e-10) -> Tensor:
    """Count the eigenvalues above `rtol` times the largest.

    Args:
        K: (*batch, N, N) symmetric matrices.
        rtol: the threshold, above 0 and below 1.

    Returns:
        (*batch,) counts, int64.

    Raises:
        ValueError: for matrices that are not finite and symmetric or have no positive eigenvalue, and for an
            rtol out of range.

    Example:
        >>> from pullback.spsd import numerical_dimensionality
        >>> numerical_dimensionality(torch.diag(torch.tensor([6.0, 3.0, 0.0]))).item()
        2
    """
    if isinstance(rtol, bool) or not isinstance(rtol, float) or not 0 < rtol < 1:
        raise ValueError(f"rtol: got {rtol!r}, expected a number above 0 and below 1")
    values = gram_spectrum(K)
    largest = _nonzero(values[..., 0].clamp_min(0), "no positive eigenvalue", "one or more")
    return (values > rtol * largest[..., None]).sum(-1)


def check_dimension(dimension: int, N: int) -> int:
    """Return `dimension` if it is an integer from 1 to N.

    Raises:
        ValueError: naming what was seen and what was expected.
    """
    if isinstance(dimension, bool) or not isinstance(dimension, int) or not 1 <= dimension <= N:
        raise ValueError(f"dimension: got {dimension!r}, expected an integer from 1 to {N}")
    return dimension


def _nonzero(total: Tensor, seen: str, expected: str) -> Tensor:
    zero = total <= 0
    if zero.any():
        raise ValueError(f"K{first(zero)}: got {seen}, expected {expected}")
    return total
