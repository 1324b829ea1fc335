"""Unfold a latent tensor along height, width or channel, and take the covariance of each mode."""

from torch import Tensor

from pullback.spsd.checks import check_tensor

MODES = ("height", "width", "channel")
DIVISORS = {"m - 1": 1, "m": 0}


def unfold(T: Tensor, mode: str) -> Tensor:
    """Unfold latent tensors into matrices F with the chosen mode as rows.

    The columns run through the other two modes in their order in (height, width, channel), the last one
    fastest.

    Args:
        T: (*batch, h, w, c) latent tensors, channels last.
        mode: "height", "width" or "channel".

    Returns:
        (*batch, h, w c), (*batch, w, h c) or (*batch, c, h w).

    Raises:
        ValueError: for tensors of the wrong shape or dtype, or not finite, and for an unknown mode.

    Example:
        >>> from pullback.spsd import unfold
        >>> unfold(torch.arange(8.0).reshape(2, 2, 2), "channel").tolist()
        [[0.0, 2.0, 4.0, 6.0], [1.0, 3.0, 5.0, 7.0]]
    """
    T = check_tensor("T", T, 3, "(*batch, h, w, c)")
    if mode not in MODES:
        raise ValueError(f"mode: got {mode!r}, expected one of {', '.join(MODES)}")
    return T.movedim(MODES.index(mode) - 3, -3).flatten(-2)


def mode_covariances(T: Tensor, *, divisor: str = "m - 1") -> tuple[Tensor, Tensor, Tensor]:
    r"""Compute the mode covariances S1, S2, S3 of latent tensors.

    S^(k) = (F^(k) - mean) (F^(k) - mean)^T / (m - 1), with F^(k) the unfolding along mode k of
    (height, width, channel), the mean taken over the m columns of each row (`eq-spsd-mode-covariance`;
    Shrivastava, Rameshan, Agnihotri 2024, who leave the divisor open). A row mean costs at most one rank:
    generic 7 x 7 x 128 tensors have ranks 7, 7 and 7 * 7 - 1 = 48.

    Give float64 where ranks matter: a covariance formed in float32 has its own noise at 1e-7 of the largest
    eigenvalue. Costs (h + w + c) h w c operations per tensor.

    Args:
        T: (*batch, h, w, c) latent tensors, channels last.
        divisor: "m - 1" or "m".

    Returns:
        S1 (*batch, h, h), S2 (*batch, w, w), S3 (*batch, c, c), symmetric and positive semidefinite.

    Raises:
        ValueError: for tensors of the wrong shape or dtype, or not finite, for an unknown divisor, and for
            "m - 1" where an unfolding has a single column.

    Example:
        >>> from pullback.spsd import mode_covariances, rank
        >>> T = torch.randn(3, 3, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        >>> [rank(S, rtol=1e-9).item() for S in mode_covariances(T)]
        [3, 3, 8]
    """
    if divisor not in DIVISORS:
        raise ValueError(f"divisor: got {divisor!r}, expected {' or '.join(map(repr, DIVISORS))}")
    return tuple(_covariance(unfold(T, mode), mode, DIVISORS[divisor]) for mode in MODES)


def _covariance(F: Tensor, mode: str, lost: int) -> Tensor:
    m = F.shape[-1]
    if m == lost:
        raise ValueError(f"T: got one column in the {mode} unfolding, expected 2 or more, or divisor 'm'")
    F = F - F.mean(-1, keepdim=True)
    return F @ F.mT / (m - lost)
