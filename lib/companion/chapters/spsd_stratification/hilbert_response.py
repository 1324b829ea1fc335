"""What does noise on the images do to their codes as points of a Hilbert space?"""

from dataclasses import dataclass

import torch
from pullback import spsd
from torch import Tensor


@dataclass(frozen=True)
class HilbertResponse:
    """A clean and a noisy sample of the same images in one Hilbert space.

    Attributes:
        dimension: eigenvalues of the noisy sample's Gram matrix that carry the asked share of its trace.
        gram: (M, M) Gram matrix of the noisy sample.
        angles: (q,) principal angles between the leading subspaces of both samples, degrees, ascending.
        distances: (N + M, N + M) of both samples, the clean one first.
    """

    dimension: int
    gram: Tensor
    angles: Tensor
    distances: Tensor


def log_covariances(T: Tensor, *, epsilon: float, unit: float | None = None) -> Tensor:
    r"""Map latent tensors to a flat space: the logarithms of S1, S2, S3, side by side.

    $$\Phi(T) = \big( \log(S_k + \epsilon u I) \big)_{k = 1, 2, 3}$$

    Euclidean distances between these vectors are log-Euclidean distances on the product of the three cones
    (Arsigny et al. 2007; `spsd.log_euclidean_distance` of the shifted matrices, squares added). The shift
    makes them defined at every rank, and sets what a missing direction costs.

    Args:
        T: (N, h, w, c), float64.
        epsilon: shift in units of u.
        unit: u; by default the mean variance of one number of these codes.

    Returns:
        (N, h^2 + w^2 + c^2).

    Raises:
        ValueError: for tensors of another shape or an epsilon that is not positive.
    """
    covariances = spsd.mode_covariances(T)
    u = code_variance(T) if unit is None else unit
    logs = []
    for S in covariances:
        values, vectors = torch.linalg.eigh(spsd.shift_spectrum(S, epsilon * u))
        logs.append(
            ((vectors * values.clamp_min(0.5 * epsilon * u).log()[..., None, :]) @ vectors.mT).flatten(1)
        )
    return torch.cat(logs, -1)


def code_variance(T: Tensor) -> float:
    """Average the variance of one number of the code about its channel's mean: the unit of the shift."""
    return T.var((1, 2)).mean().item()


def hilbert_response(
    clean: Tensor, disturbed: Tensor, *, n_axes: int, share: float = 0.95, origin: int = 0
) -> HilbertResponse:
    """Compare two samples through the distance-preserving kernel (`eq-spsd-kernel`) with one origin.

    Args:
        clean: (N, p) points of a flat space, such as `log_covariances` of clean images' codes.
        disturbed: (N, p) points of the same images with noise.
        n_axes: number q of leading axes of each sample to compare.
        share: of the trace, for the dimension.
        origin: index of the clean sample's point that becomes X0.

    Returns:
        dimension of the noisy sample, angles and distances.

    Raises:
        ValueError: for samples of unequal shape, or more axes than there are.
    """
    if clean.shape != disturbed.shape:
        raise ValueError(f"disturbed: got shape {tuple(disturbed.shape)}, expected {tuple(clean.shape)}")
    n = len(clean)
    both = torch.cat([clean, disturbed])
    D = torch.cdist(both, both).fill_diagonal_(0)
    D = (D + D.mT) / 2
    K = spsd.distance_preserving_gram(D, origin=origin)
    K_c, K_n, K_cn = K[:n, :n], K[n:, n:], K[:n, n:]
    angles = spsd.hilbert_principal_angles(K_c, K_n, K_cn, dimension=n_axes).rad2deg()
    return HilbertResponse(int(spsd.dimensionality(K_n, share=share)), K_n, angles, D)


def rebuilt_distance_error(D: Tensor, K: Tensor) -> float:
    """Find the largest relative error of distances that are read off a Gram matrix.

    Args:
        D: (N, N) distances.
        K: (N, N) Gram matrix that is to hold them.

    Returns:
        max over pairs of |d_K - d| / d, pairs at distance 0 left out.
    """
    squares = K.diagonal()
    rebuilt = (squares[:, None] + squares[None, :] - 2 * K).clamp_min(0).sqrt()
    apart = D > 0
    return ((rebuilt - D).abs()[apart] / D[apart]).max().item()
