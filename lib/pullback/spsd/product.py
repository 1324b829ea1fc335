"""Distances on a product of manifolds: the latent tensor as the point (S1, S2, S3)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pullback.spsd.bonnabel_sepulchre import pairwise_bonnabel_sepulchre
from pullback.spsd.checks import check_positive, check_tensor


def product_distance(distances: Sequence[Tensor], *, weights: Sequence[float] | None = None) -> Tensor:
    """Combine the distances on the factors of a product: d^2 = sum_k w_k d_k^2.

    Args:
        distances: K tensors of one shape, such as (N, M), the distances on each factor.
        weights: K positive numbers w_k; by default 1 each.

    Returns:
        distances of that shape.

    Raises:
        ValueError: for no distance, unequal shapes or numbers, and for values that are not finite.

    Example:
        >>> from pullback.spsd import product_distance
        >>> product_distance([torch.tensor([3.0]), torch.tensor([4.0])]).item()
        5.0
    """
    weights = [1.0] * len(distances) if weights is None else [check_positive("weights", w) for w in weights]
    if not len(distances) or len(weights) != len(distances):
        raise ValueError(
            f"distances: got {len(distances)} and {len(weights)} weights, expected the same, 1 or more"
        )
    for k, d in enumerate(distances):
        check_tensor(f"distances[{k}]", d, 0, "")
        if d.shape != distances[0].shape:
            raise ValueError(
                f"distances[{k}]: got shape {tuple(d.shape)}, expected {tuple(distances[0].shape)}"
            )
    return torch.stack([w * d.square() for w, d in zip(weights, distances)]).sum(0).sqrt()


def pairwise_on_stratum(
    X: Sequence[Tensor],
    Y: Sequence[Tensor] | None = None,
    *,
    ranks: Sequence[int],
    k: float = 1.0,
    weights: Sequence[float] | None = None,
    rtol: float | None = None,
) -> Tensor:
    """Compute the distances between all pairs of points of one stratum, a product of fixed-rank manifolds.

    Costs one `pairwise_bonnabel_sepulchre` per factor.

    Args:
        X: K tensors (*batch, N, n_k, n_k), such as the mode covariances of N samples.
        Y: K tensors (*batch, M, n_k, n_k); by default X.
        ranks: K ranks. A matrix of another rank is refused: there is no distance between strata.
        k: weight of the part within the ranges, as in `pairwise_bonnabel_sepulchre`.
        weights: K positive weights of the factors; by default 1 each.
        rtol: relative threshold of the ranks; by default n_k times the dtype's rounding unit.

    Returns:
        (*batch, N, M) distances.

    Raises:
        ValueError: for unequal numbers of matrices and ranks, and as `pairwise_bonnabel_sepulchre`.

    Example:
        >>> from pullback.spsd import pairwise_on_stratum
        >>> S1, S2 = torch.tensor([[0.0, 3.0], [0.0, 4.0]]).exp().reshape(2, 2, 1, 1)
        >>> pairwise_on_stratum([S1, S2], ranks=[1, 1]).round(decimals=4).tolist()
        [[0.0, 5.0], [5.0, 0.0]]
    """
    others = [None] * len(X) if Y is None else list(Y)
    if not len(X) == len(others) == len(ranks):
        raise ValueError(
            f"ranks: got {len(ranks)} for {len(X)} in X and {len(others)} in Y, expected one for each"
        )
    return product_distance(
        [
            pairwise_bonnabel_sepulchre(x, y, rank=r, k=k, rtol=rtol)
            for x, y, r in zip(X, others, ranks, strict=True)
        ],
        weights=weights,
    )
