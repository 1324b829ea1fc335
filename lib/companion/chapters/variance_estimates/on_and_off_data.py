"""Compare a scalar field near the codes with the same field away from them."""

from collections.abc import Callable

import torch
from pullback.measures.support import Support
from torch import Tensor


def off_minus_on(
    field: Callable[[Tensor], Tensor],
    support: Support,
    box: tuple[float, float, float, float],
    *,
    side: int = 40,
) -> float:
    """Subtract the mean of a field on the support from its mean beyond three radii from any code.

    Args:
        field: (n, 2) -> (n,).
        support: of the codes.
        box: left, right, bottom, top of the grid.
        side: nodes along each side.

    Raises:
        ValueError: when the grid has no node on the support, or none off it.
    """
    left, right, bottom, top = box
    axes = torch.linspace(left, right, side).double(), torch.linspace(bottom, top, side).double()
    z = torch.cartesian_prod(*axes)
    distance = support.distance(z)
    on, off = distance <= support.radius, distance > 3 * support.radius
    if not on.any() or not off.any():
        raise ValueError(f"box: got {int(on.sum())} nodes on the support and {int(off.sum())} off it")
    return (field(z[off]).mean() - field(z[on]).mean()).item()
