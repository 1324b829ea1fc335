"""Shortest paths on a graph of latent nodes, refined to geodesics."""

import numpy as np
import torch
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from torch import Tensor

from pullback.curves.discrete_curve import even_spacing, segment_lengths
from pullback.graph.paths import box_grid, weighted_graph
from pullback.metrics.base import Metric
from pullback.solvers.gauss_newton import minimise
from pullback.solvers.solution import Solution
from pullback.solvers.stationarity import stationarity

# A path of edges zigzags, and far from a geodesic the exact Hessian is seldom positive definite: twice as
# many Gauss-Newton steps as from a straight line.
_NEWTON_AFTER = 8
# A geodesic may leave the box of its ends; by how much is not known before, and nodes far out cost as much as
# others.
_MARGIN = 0.2


def solve(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    *,
    n_segments: int,
    tol: float,
    max_steps: int,
    trace: bool = False,
    nodes: Tensor | None = None,
    n_neighbours: int = 12,
    grid: int = 32,
    refine: bool = True,
) -> Solution:
    """Find the shortest path along the edges of a graph, then minimise the energy from there.

    Every node is joined to its nearest neighbours in the latent space, and an edge is as long as the metric
    says. Dijkstra's algorithm finds the shortest path of all at that resolution, which helps where the
    straight line starts in the wrong basin. The nodes of a grid depend on the ends of the whole batch, and so
    may the basin.

    Args:
        metric: any metric.
        z0: (P, d).
        z1: (P, d).
        n_segments: segments of the result.
        tol: bound on the residual.
        max_steps: steps of refinement allowed.
        trace: keep the energy after every step of refinement.
        nodes: (m, d) latent nodes, such as encoded data; by default for d <= 2 a grid over the box of the
            ends, widened by 0.2 of its sides.
        n_neighbours: edges per node. On a square grid 12 are the eight nodes around one and the next four.
        grid: nodes of the grid along each side; 32 make a cell 3 % of the box.
        refine: minimise the energy from the path. Without it the path is returned as it is, and is not
            converged.
    """
    d = z0.shape[-1]
    if nodes is None:
        if d > 2:
            raise ValueError(f"nodes: got none for d = {d}, expected latent nodes (m, d)")
        nodes = box_grid(torch.cat([z0, z1]), grid, _MARGIN)
    if nodes.ndim != 2 or nodes.shape[1] != d or len(nodes) < 2 or not nodes.isfinite().all():
        raise ValueError(f"nodes: got shape {tuple(nodes.shape)}, expected finite (m, {d}), m at least 2")
    curves = _shortest_paths(metric, nodes.to(z0), z0, z1, n_segments, n_neighbours)
    if refine:
        return minimise(metric, curves, tol=tol, max_steps=max_steps, newton_after=_NEWTON_AFTER, trace=trace)
    residual = stationarity(metric, curves)
    steps = torch.zeros(len(z0), dtype=torch.long, device=z0.device)
    return Solution(
        curves, residual <= tol, steps, residual, None, torch.full_like(residual, torch.nan)[:, None]
    )


def _shortest_paths(
    metric: Metric, nodes: Tensor, z0: Tensor, z1: Tensor, n_segments: int, n_neighbours: int
) -> Tensor:
    """Join every pair by its shortest path, at constant speed: (P, n_segments + 1, d).

    The ends are nodes of the graph too, so that no path has to leave its ends by a detour.
    """
    points, inverse = torch.unique(torch.cat([nodes, z0, z1]), dim=0, return_inverse=True)
    first, last = (
        inverse[len(nodes) : len(nodes) + len(z0)].tolist(),
        inverse[len(nodes) + len(z0) :].tolist(),
    )
    flat = points.double().cpu().numpy()
    neighbours = cKDTree(flat).query(flat, k=min(n_neighbours + 1, len(flat)))[1][:, 1:]
    rows, columns = np.repeat(np.arange(len(flat)), neighbours.shape[1]), neighbours.reshape(-1)
    edges = torch.stack([points[rows], points[columns]], dim=1)
    lengths = segment_lengths(metric, edges).flatten(1).sum(1).double().cpu().numpy()
    graph = weighted_graph(len(flat), np.stack([rows, columns]), lengths)
    sources = sorted(set(first))
    before = dijkstra(graph, directed=False, indices=sources, return_predecessors=True)[1]
    row_of = {source: row for row, source in enumerate(sources)}
    paths = []
    for start, end in zip(first, last):
        path = [end]
        while path[-1] != start:
            previous = int(before[row_of[start], path[-1]])
            if previous < 0:
                raise ValueError(
                    "nodes: got a graph in several pieces, expected more n_neighbours or more nodes"
                )
            path.append(previous)
        paths.append(even_spacing(metric, points[path[::-1]], n_segments))
    return torch.stack(paths)
