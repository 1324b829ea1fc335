"""How many dimensions does a cloud of points have, read off the distances to its nearest neighbours?"""

from dataclasses import dataclass

import torch
from scipy.spatial import cKDTree
from torch import Tensor


@dataclass(frozen=True)
class IntrinsicDimension:
    """A dimension that neighbours tell, which need not be whole.

    Attributes:
        dimension: d.
        standard_error: d / sqrt(n (k - 1) - 2), were all neighbourhoods drawn apart.
        n: number of points.
        n_neighbours: k.

    Example:
        >>> from pullback.measures import intrinsic_dimension
        >>> plane = torch.rand(2000, 2, generator=torch.Generator().manual_seed(0)) @ torch.eye(2, 9)
        >>> round(intrinsic_dimension(plane).dimension)
        2
    """

    dimension: float
    standard_error: float
    n: int
    n_neighbours: int

    def readings(self) -> dict[str, float]:
        """Name the two numbers that a run keeps."""
        return {"dimension": self.dimension, "standard_error": self.standard_error}


def intrinsic_dimension(x: Tensor, *, n_neighbours: int = 2) -> IntrinsicDimension:
    r"""Estimate the dimension of the set that points were drawn from (`eq-intrinsic-dimension`).

    $$d = \frac{n (k - 1) - 1}{\sum_i \sum_{j=1}^{k-1} \log \big( r_{ik} / r_{ij} \big)}$$

    $r_{ij}$ is the distance of point i to its j-th nearest neighbour. Where the density hardly changes within
    $r_{ik}$, the logarithms are exponential with rate d, and this is the maximum likelihood without its bias.
    With k = 2 it is the TwoNN estimator (Facco, d'Errico, Rodriguez and Laio 2017, in the form of Denti,
    Doimo, Laio and Mira 2022); with more neighbours that of Levina and Bickel (2004), averaged as MacKay and
    Ghahramani (2005) do. Few neighbours see the finest scale, where noise has all dimensions; many blur a
    curved set. Dimensions above ten come out too small unless there are very many points.

    Costs a k-d tree, n log n distances where the dimension is small and n^2 where it is large.

    Args:
        x: (n, D) points, all different: images, or codes.
        n_neighbours: k, 2 or more.

    Returns:
        the dimension, with its standard error.

    Raises:
        ValueError: for fewer than k + 1 points, points that are not finite, and two points in one place.

    Example:
        >>> from pullback.measures import intrinsic_dimension
        >>> x = torch.tensor([[0.0], [1.0], [3.0]])
        >>> round(intrinsic_dimension(x).dimension, 6) == round(2 / torch.log(torch.tensor(9.0)).item(), 6)
        True
    """
    if n_neighbours < 2:
        raise ValueError(f"n_neighbours: got {n_neighbours}, expected 2 or more")
    if x.ndim != 2 or len(x) <= n_neighbours:
        raise ValueError(
            f"x: got shape {tuple(x.shape)}, expected (n, D) with n of {n_neighbours + 1} or more"
        )
    points = x.detach().double().cpu()
    if not points.isfinite().all():
        raise ValueError(
            f"x: got {int((~points.isfinite()).sum())} numbers that are not finite, expected none"
        )
    found = cKDTree(points.numpy()).query(points.numpy(), k=n_neighbours + 1)[0]
    distances = torch.from_numpy(found)[:, 1:]
    same = int((distances[:, 0] == 0).sum())
    if same:
        raise ValueError(f"x: got {same} points in the place of another, expected all different")
    total = (distances[:, -1:] / distances[:, :-1]).log().sum().item()
    count = len(x) * (n_neighbours - 1)
    dimension = (count - 1) / total if total > 0 else float("inf")
    return IntrinsicDimension(dimension, dimension / max(count - 2, 1) ** 0.5, len(x), n_neighbours)
