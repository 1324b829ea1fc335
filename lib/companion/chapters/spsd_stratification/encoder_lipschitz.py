"""How fast can a code change with its image?"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import jvp, vjp

from companion.measures.displacement import mean_distance


def encoder_slopes(
    encode: Callable[[Tensor], Tensor], x: Tensor, *, n_steps: int = 12, seed: int = 0
) -> Tensor:
    r"""Bound the Lipschitz constant of an encoder from below: its steepest slope at each image.

    $$\ell(x) = \lVert J_h(x) \rVert_2 \cdot \bar d_X / \bar d_Z, \quad \bar d \text{ a mean distance}$$

    The norm by power iteration on J^T J. The factor makes it a pure number: 1 for an encoder that changes the
    code, per spread of the codes, as much as the image, per spread of the images.

    Args:
        encode: (N, D) -> (N, d), each image by itself.
        x: (N, D) images, two or more.
        n_steps: steps of the power iteration.
        seed: of its start.

    Returns:
        (N,); the largest is the best bound.

    Raises:
        ValueError: for fewer than two images.
    """
    if x.ndim != 2 or len(x) < 2:
        raise ValueError(f"x: got shape {tuple(x.shape)}, expected (N, D), two images or more")
    v = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed), dtype=x.dtype)
    v = torch.nn.functional.normalize(v, dim=-1)
    codes, pull_back = vjp(encode, x)
    for _ in range(n_steps):
        pushed = jvp(encode, (x,), (v,))[1]
        v = torch.nn.functional.normalize(pull_back(pushed)[0], dim=-1)
    norms = jvp(encode, (x,), (v,))[1].norm(dim=-1)
    return norms * mean_distance(x) / mean_distance(codes)
