"""Differentiate a curve at its nodes by finite differences on five neighbours."""

from functools import cache

import torch
from torch import Tensor

_WIDTH = 5


def node_derivatives(curve: Tensor) -> Tensor:
    """Differentiate a curve at its nodes, fourth order in their distance, one-sided near the ends.

    Args:
        curve: (*batch, n + 1, d) nodes at equal parameters; with fewer than five, the polynomial through
            all is used.

    Returns:
        (*batch, n + 1, d) derivatives with respect to the number of the node.
    """
    weights = _weights(min(_WIDTH, curve.shape[-2])).to(curve)
    if curve.shape[-2] <= _WIDTH:
        return weights @ curve
    inner = curve.unfold(-2, _WIDTH, 1) @ weights[2]
    return torch.cat(
        [weights[:2] @ curve[..., :_WIDTH, :], inner, weights[3:] @ curve[..., -_WIDTH:, :]], dim=-2
    )


def end_derivative(curve: Tensor) -> Tensor:
    """Differentiate a curve (*batch, n + 1, d) at its first node, as `node_derivatives` does: (*batch, d)."""
    return node_derivatives(curve[..., :_WIDTH, :])[..., 0, :]


@cache
def _weights(width: int) -> Tensor:
    """Rows: derivative at each of `width` unit-spaced nodes of the polynomial through all of them."""
    nodes = torch.arange(width, dtype=torch.float64, device="cpu")
    powers = torch.arange(width, dtype=torch.float64, device="cpu")
    values = nodes[:, None] ** powers
    slopes = powers * nodes[:, None] ** (powers - 1).clamp(min=0)
    return slopes @ torch.linalg.inv(values)
