"""Did the generator collapse? Two numbers that need no classifier."""

from dataclasses import dataclass

import torch
from sklearn.neighbors import NearestNeighbors
from torch import Tensor


@dataclass(frozen=True)
class Diversity:
    """How varied generated images are beside real ones.

    Attributes:
        spread: mean distance of two generated images over that of two real ones; 0 after a collapse.
        coverage: share of the real images that have a generated one among their k nearest neighbours.
    """

    spread: float
    coverage: float


def diversity(generated: Tensor, real: Tensor, *, k: int = 5) -> Diversity:
    r"""Compare generated with real images in pixel space (`eq-coverage`).

    $$\mathrm{coverage} = \frac1n \sum_i \big[\, \min_j \lVert x_i - y_j \rVert < r_k(x_i) \,\big]$$

    $r_k(x_i)$ is the distance from the real image $x_i$ to its k-th nearest other real image, $y_j$ are the
    generated ones (Naeem, Oh, Uh, Choi and Yoo 2020, Eq. 8). A generator that repeats a few images covers few
    real ones, however good they are. As many fresh real images would cover $1 - 2^{-k}$ or so.

    Args:
        generated: (m, D) generated images.
        real: (n, D) real images, n above k; about as many as generated ones.
        k: number of neighbours.

    Returns:
        both numbers.

    Raises:
        ValueError: for too few images or images of different size.
    """
    if generated.ndim != 2 or generated.shape[-1] != real.shape[-1] or len(generated) < 2:
        raise ValueError(f"generated: got shape {tuple(generated.shape)}, expected (m, {real.shape[-1]})")
    if not 0 < k < len(real):
        raise ValueError(f"k: got {k}, expected 1 to {len(real) - 1}, below the number of real images")
    x, y = real.detach().cpu().numpy(), generated.detach().cpu().numpy()
    radius = NearestNeighbors(n_neighbors=k).fit(x).kneighbors()[0][:, -1]
    nearest = NearestNeighbors(n_neighbors=1).fit(y).kneighbors(x)[0][:, 0]
    return Diversity(
        spread=(_mean_distance(generated) / _mean_distance(real)).item(),
        coverage=float((nearest < radius).mean()),
    )


def _mean_distance(x: Tensor) -> Tensor:
    return torch.pdist(x.detach().double()).mean()
