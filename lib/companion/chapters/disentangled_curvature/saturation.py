"""Does a decoder stop answering far from the codes of pictures?"""

from collections.abc import Sequence

import torch
from torch import Tensor

from companion.measures.space import Space


def ray_speeds(space: Space, points: Tensor, multiples: Sequence[float]) -> list[float]:
    r"""Measure how fast the picture changes along rays from the mean code, at multiples of a code's distance.

    $$\mathrm{median}_i \, \lVert J(\bar z + t (z_i - \bar z)) \, u_i \rVert, \qquad
    u_i = \frac{z_i - \bar z}{\lVert z_i - \bar z \rVert}$$

    At t = 1 the codes themselves are asked. An affine decoder has one speed everywhere; one that ends in a
    sigmoid, or whose maps are normalised, may fall silent far out, and a detour there costs little.

    Args:
        space: codes and decoder.
        points: (n,) rows of the codes.
        multiples: t, one or more.

    Returns:
        one median per multiple, in units of the picture per unit of the code.
    """
    mean = space.codes.mean(0)
    away = space.codes[points] - mean
    direction = away / away.norm(dim=-1, keepdim=True)
    with torch.no_grad():
        return [space.metric.norm(mean + t * away, direction).median().item() for t in multiples]
