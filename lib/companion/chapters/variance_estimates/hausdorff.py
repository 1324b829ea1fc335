"""How far apart are two curves?"""

import torch
from torch import Tensor


def hausdorff_distance(a: Tensor, b: Tensor) -> Tensor:
    r"""Measure the largest distance of a point of one curve to the other curve (`eq-hausdorff`).

    $$d_H(A, B) = \max\big( \max_a \min_b \lVert a - b \rVert,\; \max_b \min_a \lVert a - b \rVert \big)$$

    Args:
        a: (*batch, n, D) points along curves.
        b: (*batch, m, D) points along other curves, as dense as a.

    Returns:
        (*batch,).
    """
    gaps = torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")
    return torch.maximum(gaps.amin(-1).amax(-1), gaps.amin(-2).amax(-1))
