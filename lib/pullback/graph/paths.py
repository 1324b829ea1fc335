"""What every graph of latent nodes is made of: nodes on a grid, and edges with lengths."""

import numpy as np
import torch
from scipy.sparse import coo_array, csr_array
from torch import Tensor


def box_grid(points: Tensor, side: int, margin: float) -> Tensor:
    """Lay a grid over the box that holds some points, widened on every side.

    Args:
        points: (n, d) points, d of 1 or 2: the grid has side^d nodes.
        side: nodes along each side.
        margin: share of its size by which the box is wider than the points, on every side; a side along which
            the points hardly differ counts as a cell of the longest one.

    Returns:
        (side^d, d) nodes, of the dtype and on the device of the points.
    """
    low, high = points.amin(0), points.amax(0)
    pad = margin * (high - low).clamp(min=(high - low).max() / side)
    axes = [torch.linspace(float(a), float(b), side, device="cpu") for a, b in zip(low - pad, high + pad)]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).reshape(-1, points.shape[1]).to(points)


def weighted_graph(n: int, edges: np.ndarray, lengths: np.ndarray) -> csr_array:
    """Build the matrix (n, n) of edge lengths that SciPy's shortest paths take.

    Args:
        n: number of nodes.
        edges: (2, e) first and last nodes of the edges, one direction of each.
        lengths: (e,) lengths, 0 or more.
    """
    # In a sparse matrix a zero is no edge, and two nodes may lie in one place.
    return coo_array((np.maximum(lengths, np.finfo(np.float64).tiny), tuple(edges)), shape=(n, n)).tocsr()
