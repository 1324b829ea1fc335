"""How far does noise on an image carry its code, compared with how far apart the codes are?"""

import torch
from sklearn.manifold import TSNE
from torch import Tensor


def displacement(clean: Tensor, disturbed: Tensor) -> Tensor:
    r"""Measure the way of each point in units of the sample's spread (`eq-displacement`).

    $$\delta_i = \frac{\lVert c_i' - c_i \rVert}{\frac{1}{N (N - 1)} \sum_{j \ne k} \lVert c_j - c_k \rVert}$$

    Args:
        clean: (N, p) points.
        disturbed: (N, p) the same points, moved.

    Returns:
        (N,); 0 where nothing moved, about 1 where a point went as far as to any other.

    Raises:
        ValueError: for unequal shapes, fewer than two points, or clean points that all coincide.
    """
    if clean.shape != disturbed.shape or len(clean) < 2:
        raise ValueError(
            f"disturbed: got shape {tuple(disturbed.shape)}, expected {tuple(clean.shape)}, two or more"
        )
    spread = mean_distance(clean)
    if not spread > 0:
        raise ValueError("clean: got points that coincide, expected a spread above 0")
    return (disturbed - clean).norm(dim=-1) / spread


def mean_distance(points: Tensor) -> float:
    """Average the distances of all pairs of different points of a sample (N, p)."""
    return torch.nn.functional.pdist(points).mean().item()


def tsne_plane(points: Tensor, *, perplexity: float, seed: int) -> Tensor:
    """Lay points out in a plane with scikit-learn's t-SNE, started from their principal components.

    The plane keeps neighbourhoods, not distances: a displacement in it says who stayed whose neighbour.

    Args:
        points: (N, p), N above three times the perplexity.
        perplexity: number of neighbours that count, roughly.
        seed: of the method's own randomness.

    Returns:
        (N, 2), float64.

    Raises:
        ValueError: for too few points.
    """
    if len(points) <= 3 * perplexity:
        raise ValueError(
            f"points: got {len(points)}, expected more than {3 * perplexity:g} for this perplexity"
        )
    plane = TSNE(2, perplexity=perplexity, init="pca", random_state=seed, n_jobs=1, max_iter=500)
    return torch.from_numpy(plane.fit_transform(points.double().numpy())).double()
