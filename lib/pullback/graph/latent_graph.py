"""Distances of many points at once: shortest paths on a fine grid of the latent plane."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from torch import Tensor

from pullback.graph.paths import box_grid, weighted_graph
from pullback.metrics.base import Metric

# Three steps of a grid give 32 directions, in a flat metric at most 2.5 per cent too long; two would give 16.
REACH = 3
OFFSETS = [
    (i, j)
    for i in range(-REACH, REACH + 1)
    for j in range(-REACH, REACH + 1)
    if math.gcd(i, j) == 1 and (i, j) > (0, 0)
]
"""Half of the 32 directions in which a node of the grid has an edge; the other half are their opposites."""


@dataclass(frozen=True)
class GraphDistances:
    """Distances along a graph of the latent plane.

    Attributes:
        nodes: (m, 2) nodes of the grid.
        to_nodes: (n, m) distances of the points to the nodes.
        between: (n, n) distances of the points to one another, symmetric.

    Example:
        >>> from pullback import EuclideanMetric
        >>> from pullback.graph import LatentGraph
        >>> points = torch.tensor([[0, 0], [1, 1]], dtype=torch.float64)
        >>> found = LatentGraph(EuclideanMetric(), points, side=11, margin=0).distances(points)
        >>> tuple(found.nodes.shape), tuple(found.to_nodes.shape), tuple(found.between.shape)
        ((121, 2), (2, 121), (2, 2))
    """

    nodes: Tensor
    to_nodes: Tensor
    between: Tensor


class LatentGraph:
    r"""A grid over a box of the latent plane, with edges as long as a metric says.

    $$\ell(z, z') = \tfrac12 \Big( \lVert z' - z \rVert_{G(z)} + \lVert z' - z \rVert_{G(z')} \Big)$$

    The metric is evaluated once per node. Each node has edges in 32 directions, so that in a flat metric a
    path is at most 2.5 per cent longer than the geodesic, and most less. Shortest paths are found by
    Dijkstra's algorithm, which misses no short cut, where a solver that improves one curve may. They cost
    m log m operations for each of n points, m = side^2, and give the distances to all nodes at once.

    Args:
        metric: any metric of the plane.
        points: (n, 2) points that the box must hold.
        side: nodes along each side.
        margin: share of its size by which the box is wider than the points, on every side.

    Raises:
        ValueError: for points that are not in a plane.

    Example:
        >>> from pullback import EuclideanMetric
        >>> from pullback.graph import LatentGraph
        >>> points = torch.tensor([[0, 0], [1, 1]], dtype=torch.float64)
        >>> graph = LatentGraph(EuclideanMetric(), points, side=11, margin=0)
        >>> round(graph.distances(points).between[0, 1].item(), 6)
        1.414214
    """

    def __init__(self, metric: Metric, points: Tensor, *, side: int = 60, margin: float = 0.1):
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"points: got shape {tuple(points.shape)}, expected (n, 2)")
        self.metric, self.side = metric, side
        self.nodes = box_grid(points, side, margin)
        self._matrices = metric.matrix(self.nodes)
        index = np.arange(side * side).reshape(side, side)
        pairs = [_shifted(index, *offset) for offset in OFFSETS]
        self._edges = np.concatenate(pairs, axis=1)
        self._lengths = self._measure(self.nodes, self._matrices, *self._edges)
        self._tree = cKDTree(self.nodes.numpy())

    def distances(self, points: Tensor, *, n_neighbours: int = 16) -> GraphDistances:
        """Measure the distances of points (n, 2) to all nodes and to one another.

        Args:
            points: (n, 2), within the box.
            n_neighbours: nodes that a point is joined to.

        Returns:
            The nodes, the distances (n, m) to them and (n, n) of the points to one another.
        """
        n, m = len(points), len(self.nodes)
        everything = torch.cat([self.nodes, points])
        matrices = torch.cat([self._matrices, self.metric.matrix(points)])
        near = self._tree.query(points.numpy(), k=n_neighbours)[1]
        own = np.stack([np.repeat(np.arange(m, m + n), n_neighbours), near.reshape(-1)])
        close = cKDTree(points.numpy()).query_pairs(2 * self._spacing(), output_type="ndarray").T + m
        extra = np.concatenate([own, close], axis=1)
        edges = np.concatenate([self._edges, extra], axis=1)
        lengths = np.concatenate([self._lengths, self._measure(everything, matrices, *extra)])
        graph = weighted_graph(m + n, edges, lengths)
        found = torch.from_numpy(dijkstra(graph, directed=False, indices=np.arange(m, m + n)))
        between = found[:, m:]
        return GraphDistances(self.nodes, found[:, :m], (between + between.T) / 2)

    def from_nodes(self, chosen: Tensor) -> Tensor:
        """Measure the distances (k, m) of some nodes, given by their places (k,), to all nodes."""
        m = len(self.nodes)
        graph = weighted_graph(m, self._edges, self._lengths)
        return torch.from_numpy(dijkstra(graph, directed=False, indices=chosen.numpy()))

    def _spacing(self) -> float:
        return float((self.nodes[self.side + 1] - self.nodes[0]).min())

    @staticmethod
    def _measure(points: Tensor, matrices: Tensor, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        step = points[last] - points[first]
        squares = (torch.einsum("ei,eij,ej->e", step, matrices[i], step) for i in (first, last))
        return 0.5 * sum(square.clamp(min=0).sqrt() for square in squares).double().numpy()


def _shifted(index: np.ndarray, i: int, j: int) -> np.ndarray:
    """Index pairs (2, e) of the nodes of a grid and those that lie (i, j) further; i is not negative."""
    side = len(index)
    rows, columns = slice(0, side - i), slice(max(0, -j), side - max(0, j))
    moved = index[i:, max(0, j) : side - max(0, -j)]
    return np.stack([index[rows, columns].reshape(-1), moved.reshape(-1)])
