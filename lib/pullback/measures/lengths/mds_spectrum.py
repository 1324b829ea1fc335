"""Could the points lie in a flat space? The eigenvalues of classical scaling."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.measures.lengths.distance_matrices import (
    flat_torus_distances,
    great_circle_distances,
    pair_mean,
    squared_distances,
)
from pullback.spsd.kernels import double_centred


@dataclass(frozen=True)
class MDSSpectrum:
    """Eigenvalues of classical scaling. All properties are taken per matrix of the batch.

    Attributes:
        eigenvalues: (*batch, n) in falling order, float64, in units of squared distance.
        mean_square: (*batch,) mean squared distance over the pairs as it was given, before any rescaling.
        rounding: what counts as 0 beside the largest eigenvalue, n times the rounding level of the input.

    Example:
        >>> from pullback.measures import flat_torus_distances, mds_spectrum
        >>> circle = flat_torus_distances(torch.arange(4.0)[:, None], period=4.0)
        >>> found = mds_spectrum(circle.double())
        >>> round(found.min_over_max.item(), 6), round(found.negative_share.item(), 6)
        (-0.5, 0.25)
    """

    eigenvalues: Tensor
    mean_square: Tensor
    rounding: float

    @property
    def largest(self) -> Tensor:
        """Largest eigenvalue, (*batch,)."""
        return self.eigenvalues[..., 0]

    @property
    def smallest(self) -> Tensor:
        """Most negative eigenvalue, (*batch,)."""
        return self.eigenvalues[..., -1]

    @property
    def min_over_max(self) -> Tensor:
        """Most negative over largest, (*batch,): 0 for points of a flat space, -1/4 for those of a circle."""
        return self.smallest / self.largest

    @property
    def negative_share(self) -> Tensor:
        """Size of the negative sum over the positive sum, (*batch,): 0 for points of a flat space."""
        return -self.eigenvalues.clamp(max=0).sum(-1) / self._positive_sum

    def top_share(self, k: int) -> Tensor:
        """Share of the k largest eigenvalues in the sum of the positive ones, (*batch,)."""
        return self.eigenvalues[..., :k].clamp(min=0).sum(-1) / self._positive_sum

    def positive_count(self, tolerance: float | None = None) -> Tensor:
        """Count eigenvalues above `tolerance` times the largest (by default `rounding`), (*batch,)."""
        return (self.eigenvalues > self._threshold(tolerance)).sum(-1)

    def negative_count(self, tolerance: float | None = None) -> Tensor:
        """Count eigenvalues below minus `tolerance` times the largest (by default `rounding`), (*batch,)."""
        return (self.eigenvalues < -self._threshold(tolerance)).sum(-1)

    def sign_change(self, tolerance: float | None = None) -> Tensor:
        """Number (from 1) of the first negative eigenvalue, n + 1 where there is none, (*batch,)."""
        return self.eigenvalues.shape[-1] + 1 - self.negative_count(tolerance)

    @property
    def _positive_sum(self) -> Tensor:
        return self.eigenvalues.clamp(min=0).sum(-1)

    def _threshold(self, tolerance: float | None) -> Tensor:
        return (self.rounding if tolerance is None else tolerance) * self.eigenvalues[..., :1]


def mds_spectrum(distances: Tensor, *, mean_square: float | None = None) -> MDSSpectrum:
    r"""Compute the eigenvalues of classical scaling (`eq-classical-scaling`).

    $$B = -\tfrac{1}{2} C \, (d_{ij}^2) \, C, \qquad C = I - \tfrac{1}{n} 1 1^\top$$

    All are 0 or more if and only if some flat space holds points at these distances. The reverse of what the
    word suggests does not hold: a surface without any curvature may have negative ones, for a straight way
    on it is not one in space (flat torus: negative share 1/3), and a small curved patch has hardly any.

    Shao, Kumar and Fletcher (2017), Fig. 7, compare geodesic with straight distances of 400 points, both
    with a mean square of 73: one matrix was rescaled, for that is the mean square of latent distances. Two
    matrices are compared after bringing both to one total of squares, which is n (n - 1) / 2 `mean_square`.

    Costs an eigenvalue problem of size n, n^3 operations.

    Args:
        distances: (*batch, n, n) distance matrices.
        mean_square: mean squared distance over the pairs to rescale to; as given by default.

    Returns:
        The eigenvalues. Their sum is (n - 1) / 2 times the mean square.

    Raises:
        ValueError: for what is no distance matrix, or a mean square that is not positive.

    Example:
        >>> from pullback.measures import euclidean_distances, mds_spectrum
        >>> square = torch.tensor([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=torch.float64)
        >>> mds_spectrum(euclidean_distances(square)).eigenvalues.round(decimals=6).abs().tolist()
        [1.0, 1.0, 0.0, 0.0]
    """
    squares = squared_distances(distances)
    given = pair_mean(squares)
    if mean_square is not None:
        if not mean_square > 0:
            raise ValueError(f"mean_square: got {mean_square}, expected a positive number")
        squares = squares * (mean_square / given)[..., None, None]
    return MDSSpectrum(
        eigenvalues=torch.linalg.eigvalsh(double_centred(squares)).flip(-1),
        mean_square=given,
        rounding=squares.shape[-1] * torch.finfo(distances.dtype).eps,
    )


def compare_spectra(geodesic: MDSSpectrum, straight: MDSSpectrum) -> dict[str, float]:
    """Turn two spectra into the numbers behind Shao, Kumar and Fletcher (2017), Fig. 7.

    Args:
        geodesic: of geodesic distances, rescaled to the mean square of the straight ones.
        straight: of the straight distances of the same points.

    Returns:
        name -> number; those that do not say of which are of the geodesic distances.

    Example:
        >>> from pullback.measures import compare_spectra, flat_torus_distances, mds_spectrum
        >>> x = torch.arange(4, dtype=torch.float64)[:, None]
        >>> line, circle = (x - x.T).abs(), flat_torus_distances(x, period=4.0)
        >>> found = compare_spectra(mds_spectrum(circle), mds_spectrum(line))
        >>> round(found["negative_share"], 6), found["straight_positive_count"]
        (0.25, 1)
    """
    return {
        "straight_positive_count": int(straight.positive_count()),
        "min_over_max": geodesic.min_over_max.item(),
        "negative_share": geodesic.negative_share.item(),
        "top2_geodesic": geodesic.top_share(2).item(),
        "top2_straight": straight.top_share(2).item(),
        "top32_geodesic": geodesic.top_share(32).item(),
        "sign_change": int(geodesic.sign_change()),
        "geodesic_largest": geodesic.largest.item(),
        "geodesic_smallest": geodesic.smallest.item(),
        "straight_largest": straight.largest.item(),
        "mean_square_geodesic": geodesic.mean_square.item(),
        "mean_square_straight": straight.mean_square.item(),
    }


def reference_spectra(
    n: int, dim: int, *, mean_square: float, generator: torch.Generator
) -> dict[str, MDSSpectrum]:
    """Compute the spectra of two spaces of the same scale: a sphere, curved everywhere, and a flat torus.

    Args:
        n: points of each, drawn uniformly.
        dim: dimension of the sphere.
        mean_square: mean squared distance to rescale to.
        generator: source of the points, on the CPU.

    Returns:
        name of the space -> its spectrum.

    Raises:
        ValueError: for a mean square that is not positive.

    Example:
        >>> from pullback.measures import reference_spectra
        >>> generator = torch.Generator().manual_seed(0)
        >>> found = reference_spectra(20, 2, mean_square=2.0, generator=generator)
        >>> {name: round(spectrum.eigenvalues.sum().item(), 6) for name, spectrum in found.items()}
        {'sphere, d = 2': 19.0, 'flat torus': 19.0}
    """
    normal = torch.randn(n, dim + 1, generator=generator, dtype=torch.float64, device=generator.device)
    uniform = torch.rand(n, 2, generator=generator, dtype=torch.float64, device=generator.device)
    distances = {
        f"sphere, d = {dim}": great_circle_distances(normal),
        "flat torus": flat_torus_distances(uniform),
    }
    return {name: mds_spectrum(matrix, mean_square=mean_square) for name, matrix in distances.items()}


def mds_embedding(distances: Tensor, dim: int) -> Tensor:
    r"""Place points in a flat space so that their distances come near to given ones (`eq-classical-scaling`).

    $$x_{ia} = \sqrt{\max(\lambda_a, 0)} \, w_{ia}, \qquad B w_a = \lambda_a w_a$$

    Costs an eigenvalue problem of size n, n^3 operations.

    Args:
        distances: (*batch, n, n) distance matrices.
        dim: number of coordinates, 1 to n.

    Returns:
        (*batch, n, dim) centred coordinates, those of the largest eigenvalue first; the sign of each is free.

    Raises:
        ValueError: for what is no distance matrix, or more coordinates than points.

    Example:
        >>> from pullback.measures import euclidean_distances, mds_embedding
        >>> distances = torch.tensor([[0, 3, 4], [3, 0, 5], [4, 5, 0]], dtype=torch.float64)
        >>> euclidean_distances(mds_embedding(distances, 2)).round(decimals=6).tolist()
        [[0.0, 3.0, 4.0], [3.0, 0.0, 5.0], [4.0, 5.0, 0.0]]
    """
    squares = squared_distances(distances)
    if not 0 < dim <= squares.shape[-1]:
        raise ValueError(f"dim: got {dim}, expected 1 to {squares.shape[-1]}")
    values, vectors = torch.linalg.eigh(double_centred(squares))
    size = values[..., -dim:].clamp(min=0).sqrt()
    return (size[..., None, :] * vectors[..., -dim:]).flip(-1).to(distances.dtype)
