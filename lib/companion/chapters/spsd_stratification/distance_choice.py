"""Does what is said of a sample of latent tensors depend on the distance between them?"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from pullback import spsd
from torch import Tensor

from companion.chapters.spsd_stratification.hilbert_response import log_covariances


@dataclass(frozen=True)
class SampleShape:
    """The first of several samples in the Hilbert space of one distance, beside the others.

    Attributes:
        negative: share of the absolute eigenvalues of all samples' Gram matrix that are negative, 0 to 1;
            where it is not 0 no Hilbert space holds the distances, and the rest is of the nearest that one
            holds.
        dimensions: eigenvalues that carry 95 and 99 % of the trace of the first sample's Gram matrix.
        angles: mean principal angle between the leading axes of the first and of each other sample, degrees.
    """

    negative: float
    dimensions: tuple[int, int]
    angles: list[float]


def distances_by_choice(T: Tensor, *, ranks: Sequence[int], epsilon: float) -> dict[str, Tensor]:
    """Compute the distances between latent tensors of one stratum in four geometries.

    Args:
        T: (N, h, w, c), float64, all with the same ranks of S1, S2, S3.
        ranks: these ranks; a tensor with others is refused.
        epsilon: shift of the log-Euclidean distance, as in `log_covariances`.

    Returns:
        name -> (N, N) distances. The affine-invariant one is of S1 and S2 alone, which have full rank.

    Raises:
        ValueError: for a tensor of other ranks, naming it.
    """
    S = spsd.mode_covariances(T)
    on_stratum = spsd.pairwise_on_stratum(S, ranks=ranks)
    logs = log_covariances(T, epsilon=epsilon)
    shifted = torch.cdist(logs, logs).fill_diagonal_(0)
    return {
        "log-Euclidean, shifted": (shifted + shifted.mT) / 2,
        "Bonnabel-Sepulchre": on_stratum,
        "Bures-Wasserstein": spsd.product_distance([spsd.pairwise_bures_wasserstein(s) for s in S]),
        "affine-invariant, S1 and S2": spsd.product_distance(
            [spsd.pairwise_affine_invariant(s) for s in S[:2]]
        ),
    }


def sample_shape(D: Tensor, n: int, *, n_axes: int) -> SampleShape:
    """Measure stacked samples of n points each through the distance-preserving kernel (`eq-spsd-kernel`).

    Args:
        D: (k n, k n) distances between k samples.
        n: points of each sample; the first point of the first sample is the origin.
        n_axes: number of leading axes that the angles compare.

    Returns:
        how the first sample lies, and at which angles the others lie to it.

    Raises:
        ValueError: for a D that is not k samples of n points.
    """
    if n < 1 or len(D) % n:
        raise ValueError(f"D: got {len(D)} points, expected a multiple of {n}")
    K = spsd.distance_preserving_gram(D, origin=0)
    negative = float(spsd.negative_share(K))
    K = spsd.positive_part(K)
    first = K[:n, :n]
    angles = [
        spsd.hilbert_principal_angles(first, K[i : i + n, i : i + n], K[:n, i : i + n], dimension=n_axes)
        for i in range(n, len(D), n)
    ]
    dimensions = [int(spsd.dimensionality(first, share=share)) for share in (0.95, 0.99)]
    return SampleShape(negative, tuple(dimensions), [a.rad2deg().mean().item() for a in angles])
