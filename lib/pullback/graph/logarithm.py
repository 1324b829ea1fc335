"""Logarithms in the latent plane, read off the distances of a graph."""

import torch
from torch import Tensor

# A square of 25 nodes: a quadratic polynomial in two coordinates has six coefficients.
REACH = 2


def stencil(node: int, side: int) -> Tensor:
    """List the nodes of a square grid around one, moved inside where it is near the edge.

    Args:
        node: its number, row by row.
        side: nodes along each side of the grid, 5 or more.

    Returns:
        (25,) numbers of nodes.

    Example:
        >>> from pullback.graph import stencil
        >>> stencil(12, side=5).tolist() == list(range(25))
        True
    """
    row, column = (min(max(place, REACH), side - 1 - REACH) for place in divmod(int(node), side))
    steps = torch.arange(-REACH, REACH + 1, device="cpu")
    return ((row + steps[:, None]) * side + column + steps).reshape(-1)


def graph_logarithm(base: Tensor, around: Tensor, distances: Tensor, G: Tensor) -> Tensor:
    r"""Find the logarithms of points from their distances to the nodes around a base point (`eq-log`).

    $$\log_m z = -\tfrac12\, G(m)^{-1}\, \partial_m\, d(m, z)^2$$

    The derivative is that of the quadratic polynomial that fits the squared distances best; the length of
    the vector is then set to the distance itself, so that only its direction comes from the fit. Where two
    shortest paths of different directions compete, the direction is a compromise.

    Args:
        base: (2,) m, one of the nodes.
        around: (k, 2) nodes around it, six or more, itself among them.
        distances: (n, k) distances of points to them.
        G: (2, 2) metric at m.

    Returns:
        (n, 2) tangent vectors at m.

    Example:
        >>> from pullback.graph import graph_logarithm
        >>> around = torch.cartesian_prod(torch.arange(-2.0, 3.0), torch.arange(-2.0, 3.0))
        >>> distances = (around - torch.tensor([3.0, 4.0])).norm(dim=-1)[None]
        >>> v = graph_logarithm(torch.zeros(2), around, distances, torch.eye(2))
        >>> torch.allclose(v, torch.tensor([3.0, 4.0]), atol=1e-4)
        True
    """
    step = around - base
    scale = step.abs().amax(0)
    x, y = (step / scale).unbind(-1)
    terms = torch.stack([torch.ones_like(x), x, y, x * x, x * y, y * y], dim=-1)
    slope = (torch.linalg.pinv(terms)[1:3] @ distances.square().T).T / scale
    v = -0.5 * torch.linalg.solve(G, slope.T).T
    own = distances[:, step.square().sum(-1).argmin()]
    length = torch.einsum("ni,ij,nj->n", v, G, v).clamp_min(torch.finfo(v.dtype).tiny).sqrt()
    return v * (own / length)[:, None]
