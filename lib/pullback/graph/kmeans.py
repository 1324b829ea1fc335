"""k-means about Frechet means on the nodes of a graph."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from pullback.numerics.seeding import far_apart


@dataclass(frozen=True)
class GraphKMeans:
    """A partition about nodes.

    Attributes:
        centres: (k,) indices of the nodes.
        labels: (n,) number of the nearest centre.
        inertia: sum of squared distances to the nearest centres.

    Example:
        >>> from pullback.graph import graph_kmeans
        >>> x = torch.tensor([0.0, 1.0, 2.0, 10.0, 11.0, 12.0])
        >>> distances = (x[:, None] - x).abs()
        >>> found = graph_kmeans(distances, distances, 2, generator=torch.Generator().manual_seed(0))
        >>> [len(found.labels[found.labels == found.labels[i]]) for i in (0, 3)]
        [3, 3]
    """

    centres: Tensor
    labels: Tensor
    inertia: float


def graph_kmeans(
    to_nodes: Tensor, between: Tensor, k: int, *, generator: Generator, n_init: int = 10, max_steps: int = 100
) -> GraphKMeans:
    r"""Partition points into k clusters about Frechet means that are nodes (`eq-kmeans`).

    $$m_j = \arg\min_m \sum_{n: \text{label } j} d(z_n, m)^2$$

    Lloyd's rounds from k-means++ seeds. Over a finite set of nodes the mean is found exactly, by
    looking at all of them: a round costs k n m operations and no geodesic.

    Args:
        to_nodes: (n, m) distances of points to nodes.
        between: (n, n) distances of points to points, for the seeds.
        k: number of clusters.
        generator: source of randomness for the seeds.
        n_init: runs, of which the one of least inertia is returned; 1 is a poorly started k-means.
        max_steps: rounds allowed.

    Returns:
        Centres (k,), labels (n,) and inertia of the best run.

    Raises:
        ValueError: for k outside 1 to n.

    Example:
        >>> from pullback.graph import graph_kmeans
        >>> x, nodes = torch.tensor([0.0, 1.0, 2.0, 10.0, 11.0, 12.0]), torch.arange(13.0)
        >>> to_nodes, between = (x[:, None] - nodes).abs(), (x[:, None] - x).abs()
        >>> found = graph_kmeans(to_nodes, between, 2, generator=torch.Generator().manual_seed(0))
        >>> sorted(found.centres.tolist()), found.inertia
        ([1, 11], 4.0)
    """
    if not 1 <= k <= len(to_nodes):
        raise ValueError(f"k: got {k}, expected 1 to {len(to_nodes)}, the number of points")
    squares, apart = to_nodes.square(), between.square()
    runs = []
    for _ in range(n_init):
        seeds = far_apart(lambda i: apart[i], len(apart), k, generator)
        runs.append(_lloyd(squares, apart[seeds].argmin(0), k, max_steps))
    return min(runs, key=lambda run: run.inertia)


def _lloyd(squares: Tensor, labels: Tensor, k: int, max_steps: int) -> GraphKMeans:
    for _ in range(max_steps):
        members = torch.nn.functional.one_hot(labels, k).to(squares)
        centres = (members.T @ squares).argmin(1)
        own, nearest = squares[:, centres].min(1)
        if torch.equal(nearest, labels):
            break
        labels = nearest
    return GraphKMeans(centres, labels, float(own.sum()))
