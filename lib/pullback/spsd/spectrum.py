"""Spectra and ranks of positive semidefinite matrices, in float64: a rank is a threshold on a spectrum."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.spsd.checks import check_positive, check_semidefinite, check_symmetric, first


def eigenvalues(S: Tensor) -> Tensor:
    """Compute the spectra of positive semidefinite matrices in float64, largest eigenvalue first.

    Costs n^3 operations per matrix, as do all ranks.

    Args:
        S: (*batch, n, n) matrices.

    Returns:
        (*batch, n) eigenvalues; those that rounding made negative are left negative.

    Raises:
        ValueError: for matrices that are not finite, symmetric and positive semidefinite.

    Example:
        >>> from pullback.spsd import eigenvalues
        >>> eigenvalues(torch.tensor([[2.0, 1.0], [1.0, 2.0]])).round(decimals=6).tolist()
        [3.0, 1.0]
    """
    values = torch.linalg.eigvalsh(check_symmetric("S", S).double())
    return check_semidefinite("S", values).flip(-1)


def rank(S: Tensor, *, rtol: float) -> Tensor:
    """Count the eigenvalues above `rtol` times the largest, in float64.

    Args:
        S: (*batch, n, n) matrices.
        rtol: the threshold. There is no default: the rank of a measured matrix is this choice.

    Returns:
        (*batch,) ranks, int64; 0 for a zero matrix.

    Raises:
        ValueError: for matrices that are not finite, symmetric and positive semidefinite, and for rtol <= 0.

    Example:
        >>> from pullback.spsd import rank
        >>> rank(torch.diag(torch.tensor([1.0, 1e-4])), rtol=1e-2).item()
        1
    """
    return rank_sweep(S, [rtol])[..., 0]


def rank_sweep(S: Tensor, rtols: Sequence[float]) -> Tensor:
    """Count the eigenvalues above each of several relative thresholds, in float64, from one spectrum.

    Args:
        S: (*batch, n, n) matrices.
        rtols: t thresholds, relative to the largest eigenvalue.

    Returns:
        (*batch, t) ranks, int64.

    Raises:
        ValueError: for matrices that are not finite, symmetric and positive semidefinite, for no threshold,
            and for one that is not positive.

    Example:
        >>> from pullback.spsd import rank_sweep
        >>> rank_sweep(torch.diag(torch.tensor([1.0, 1e-4])), [1e-2, 1e-6]).tolist()
        [1, 2]
    """
    thresholds = [check_positive("rtol", float(rtol)) for rtol in rtols]
    if not thresholds:
        raise ValueError("rtols: got none, expected one or more positive numbers")
    values = eigenvalues(S)
    cut = values[..., :1] * values.new_tensor(thresholds)
    return (values[..., None, :] > cut[..., None]).sum(-1)


def rank_by_float32_default(S: Tensor) -> Tensor:
    """Compute what `matrix_rank` of NumPy and PyTorch says of the matrices in float32.

    Its threshold is n times the float32 rounding unit 1.2e-7, relative: 8e-7 for 7 x 7, 1.5e-5 for 128 x 128.
    A named variant, for this is how a rank is often counted without a word about it.

    Args:
        S: (*batch, n, n) matrices.

    Returns:
        (*batch,) ranks, int64.

    Raises:
        ValueError: for matrices that are not finite and symmetric.

    Example:
        >>> from pullback.spsd import rank, rank_by_float32_default
        >>> S = torch.diag(torch.tensor([1.0, 1e-9], dtype=torch.float64))
        >>> rank(S, rtol=1e-12).item(), rank_by_float32_default(S).item()
        (2, 1)
    """
    return torch.linalg.matrix_rank(check_symmetric("S", S).float())


def effective_rank(S: Tensor) -> Tensor:
    r"""Compute the effective rank exp(-sum_i p_i log p_i), p_i = lambda_i / sum_j lambda_j.

    It needs no threshold (`eq-spsd-effective-rank`; Roy, Vetterli 2007).

    Args:
        S: (*batch, n, n) matrices.

    Returns:
        (*batch,) numbers from 1 to n, float64.

    Raises:
        ValueError: for matrices that are not finite, symmetric and positive semidefinite, and for a zero
            matrix, which has none.

    Example:
        >>> from pullback.spsd import effective_rank
        >>> round(effective_rank(torch.eye(3)).item(), 6)
        3.0
    """
    values = eigenvalues(S).clamp_min(0)
    total = values.sum(-1, keepdim=True)
    zero = total[..., 0] == 0
    if zero.any():
        raise ValueError(f"S{first(zero)}: got a zero matrix, expected a positive trace")
    p = values / total
    return torch.special.entr(p).sum(-1).exp()


def shift_spectrum(S: Tensor, epsilon: float) -> Tensor:
    """Add `epsilon` to every eigenvalue: S + epsilon I, the usual way to make any S positive definite.

    A distance after it depends on epsilon wherever a rank was short: report it as part of the distance.

    Args:
        S: (*batch, n, n) matrices.
        epsilon: what is added, in the units of S.

    Returns:
        (*batch, n, n).

    Raises:
        ValueError: for matrices that are not finite and symmetric, and for epsilon <= 0.

    Example:
        >>> from pullback.spsd import shift_spectrum
        >>> shift_spectrum(torch.diag(torch.tensor([1.0, 0.0])), 0.5).tolist()
        [[1.5, 0.0], [0.0, 0.5]]
    """
    S = check_symmetric("S", S)
    epsilon = check_positive("epsilon", epsilon)
    return S + epsilon * torch.eye(S.shape[-1], dtype=S.dtype, device=S.device)


@dataclass(frozen=True)
class Stratum:
    """Samples with the same ranks.

    Attributes:
        ranks: one rank for each matrix of a sample, such as (7, 7, 48).
        index: (count,) positions of the samples, ascending.

    Example:
        >>> from pullback.spsd import strata
        >>> largest = strata(torch.tensor([[2, 2], [1, 2], [2, 2]]))[0]
        >>> largest.ranks, largest.index.tolist()
        ((2, 2), [0, 2])
    """

    ranks: tuple[int, ...]
    index: Tensor


def strata(ranks: Tensor) -> list[Stratum]:
    """Sort samples into strata, the largest first; among equals, that of the higher ranks.

    Args:
        ranks: (N, K) ranks of the K matrices of each of N samples, integers.

    Returns:
        the strata that occur.

    Raises:
        ValueError: for ranks that are no integer tensor (N, K).

    Example:
        >>> from pullback.spsd import strata
        >>> [stratum.ranks for stratum in strata(torch.tensor([[2, 2], [1, 2], [2, 2]]))]
        [(2, 2), (1, 2)]
    """
    if not isinstance(ranks, Tensor) or ranks.is_floating_point() or ranks.ndim != 2 or 0 in ranks.shape:
        seen = (
            f"shape {tuple(ranks.shape)}, {ranks.dtype}"
            if isinstance(ranks, Tensor)
            else type(ranks).__name__
        )
        raise ValueError(f"ranks: got {seen}, expected an integer tensor (N, K)")
    kinds, member = torch.unique(ranks, dim=0, return_inverse=True)
    found = [Stratum(tuple(kind), (member == i).nonzero()[:, 0]) for i, kind in enumerate(kinds.tolist())]
    return sorted(found, key=lambda stratum: (len(stratum.index), stratum.ranks), reverse=True)
