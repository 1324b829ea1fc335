"""Shao, Kumar and Fletcher's parallel translation and shooting, step by step as they print them."""

from collections.abc import Callable

import torch
from torch import Tensor

from pullback.checks import check_points, check_tangents
from pullback.maps.differentiated_map import DifferentiatedMap

Map = Callable[[Tensor], Tensor]


def shao_translation(decoder: Map, encoder: Map, curve: Tensor, v: Tensor) -> Tensor:
    r"""Translate a tangent vector along a path by projections (`eq-shao-transport`).

    $$u_0 = J_g(z_0) v_0, \qquad u_{i+1} = \frac{|u_i|}{|U U^\top u_i|} U U^\top u_i, \qquad v_T = J_h(x_T)
    u_T$$

    Shao, Kumar and Fletcher (2017), Algorithm 2. U holds the left singular vectors of $J_g(z_{i+1})$. The
    algorithm prints $U^\top U u$, which is u itself, for U has orthonormal columns; the projection is $U
    U^\top u$.

    First order in the distance of the nodes: the projection shears the tangent plane, and only the length
    is mended. The last line presumes that the encoder inverts the decoder near the end point. Costs d
    tangents of the decoder and one D x d singular value decomposition per node.

    Args:
        decoder: g, callable (*batch, d) -> (*batch, D).
        encoder: h, callable (*batch, D) -> (*batch, d).
        curve: (*batch, T + 1, d) latent nodes.
        v: (*batch, d) vectors at the first node.

    Returns:
        (*batch, d) vectors at the last node.

    Raises:
        ValueError: for a curve or vectors of the wrong shape or dtype.

    Example:
        >>> from pullback import shao_translation
        >>> decoder, encoder = (lambda z: torch.cat([z, 1 + 0 * z], dim=-1)), (lambda x: x[..., :2])
        >>> curve = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
        >>> torch.allclose(shao_translation(decoder, encoder, curve, curve[1]), curve[1])
        True
    """
    check_points("curve", curve)
    if curve.ndim < 2:
        raise ValueError(f"curve: got shape {tuple(curve.shape)}, expected (*batch, T + 1, d)")
    start, v = (z.contiguous() for z in check_tangents(curve[..., 0, :], v=v))
    g = DifferentiatedMap(decoder, name="decoder")
    u = g.pushforward(start, v)[1]
    for i in range(1, curve.shape[-2]):
        u = _project(g, curve[..., i, :].expand_as(start).contiguous(), u)
    x = g.value(curve[..., -1, :].expand_as(start).contiguous())
    return DifferentiatedMap(encoder, name="encoder").pushforward(x, u)[1]


def shao_shooting(decoder: Map, encoder: Map, z: Tensor, v: Tensor, *, n_steps: int) -> Tensor:
    r"""Shoot a geodesic by steps in data space, sent through encoder and decoder (`eq-shao-shooting`).

    $$x \leftarrow x + \delta t \, u, \qquad z \leftarrow h(x), \qquad x \leftarrow g(z)$$

    followed by projection and rescaling of u as in `shao_translation`; $u_0 = J_g(z_0) v$ and $\delta t =
    1/T$. Shao, Kumar and Fletcher (2017), Algorithm 3; first order in $\delta t$ where the encoder inverts
    the decoder. A step costs encoder, decoder, its d tangents and one D x d singular value decomposition.

    Args:
        decoder: g, callable (*batch, d) -> (*batch, D).
        encoder: h, callable (*batch, D) -> (*batch, d).
        z: (*batch, d) starts.
        v: (*batch, d) initial velocities; the batches broadcast.
        n_steps: T, the number of steps.

    Returns:
        (*batch, T + 1, d) latent nodes.

    Raises:
        ValueError: for points or vectors of the wrong shape or dtype, or n_steps below 1.

    Example:
        >>> from pullback import shao_shooting
        >>> decoder, encoder = (lambda z: torch.cat([z, 1 + 0 * z], dim=-1)), (lambda x: x[..., :2])
        >>> curve = shao_shooting(decoder, encoder, torch.zeros(2), torch.tensor([3.0, 4.0]), n_steps=10)
        >>> torch.allclose(curve[-1], torch.tensor([3.0, 4.0])), tuple(curve.shape)
        (True, (11, 2))
    """
    z, v = (x.contiguous() for x in check_tangents(check_points("z", z), v=v))
    if n_steps < 1:
        raise ValueError(f"n_steps: got {n_steps}, expected 1 or more")
    g, h = DifferentiatedMap(decoder, name="decoder"), DifferentiatedMap(encoder, name="encoder")
    x, u = g.pushforward(z, v)
    nodes = [z]
    for _ in range(n_steps):
        z = h.value(x + u / n_steps)
        x = g.value(z)
        u = _project(g, z, u)
        nodes.append(z)
    return torch.stack(nodes, dim=-2)


def _project(g: DifferentiatedMap, z: Tensor, u: Tensor) -> Tensor:
    """Project ambient vectors on the tangent plane at z and give them their old length."""
    U = torch.linalg.svd(g.value_and_jacobian(z)[1], full_matrices=False).U
    tangent = (U @ (U.mT @ u[..., None]))[..., 0]
    size = tangent.norm(dim=-1, keepdim=True).clamp(min=torch.finfo(u.dtype).tiny ** 0.5)
    return tangent * (u.norm(dim=-1, keepdim=True) / size)
