"""How an immersed manifold bends in its ambient space: second fundamental form and mean curvature."""

from collections.abc import Callable

import torch
from torch import Tensor

from pullback.checks import check_points
from pullback.maps.differentiated_map import DifferentiatedMap
from pullback.numerics.linear_algebra import cholesky, normal_part


def second_fundamental_form(immersion: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    r"""Evaluate the part of the Hessian that is normal to the manifold (`eq-second-fundamental-form`).

    $$II_{aij} = (\delta_{ab} - J_{ak} G^{kl} J_{bl})\, \partial_i \partial_j f_b$$

    Costs d tangents and d (d + 1) / 2 second derivatives of the immersion per point.

    Args:
        immersion: callable (*batch, d) -> (*batch, D).
        z: (*batch, d) points.

    Returns:
        (*batch, D, d, d) normal vectors, symmetric in the last two indices.

    Raises:
        ValueError: where the Jacobian loses rank, for points that are not finite, for an immersion that is
            not batched.

    Example:
        >>> from pullback import second_fundamental_form
        >>> II = second_fundamental_form(lambda z: torch.cat([z, z.square()], dim=-1), torch.zeros(2))
        >>> tuple(II.shape), II[2, 0, 0].item(), II[3, 1, 1].item()
        ((4, 2, 2), 2.0, 2.0)
    """
    return _normal_hessian(immersion, z)[1]


def mean_curvature(immersion: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    r"""Evaluate the mean curvature vector (`eq-mean-curvature`), II averaged over directions.

    $$h_a = \tfrac{1}{d} G^{ij} II_{aij}$$

    It points to the centre of a sphere of radius r with length 1 / r, and vanishes on minimal surfaces. Costs
    what `second_fundamental_form` does.

    Args:
        immersion: callable (*batch, d) -> (*batch, D).
        z: (*batch, d) points.

    Returns:
        (*batch, D) normal vectors.

    Raises:
        ValueError: where the Jacobian loses rank, for points that are not finite, for an immersion that is
            not batched.

    Example:
        >>> from pullback import mean_curvature
        >>> from pullback.surfaces import SPHERE
        >>> h = mean_curvature(lambda z: 2 * SPHERE.immersion(z), torch.tensor([1.0, 0.0]))
        >>> round(h.norm().item(), 4)
        0.5
    """
    L, II = _normal_hessian(immersion, z)
    return torch.einsum("...ij,...aij->...a", torch.cholesky_inverse(L), II) / z.shape[-1]


def _normal_hessian(immersion: Callable[[Tensor], Tensor], z: Tensor) -> tuple[Tensor, Tensor]:
    _, J, H = DifferentiatedMap(immersion).value_jacobian_and_hessian(check_points("z", z))
    L = cholesky(J.mT @ J)
    return L, normal_part(J, L, H.flatten(-2)).reshape(H.shape)
