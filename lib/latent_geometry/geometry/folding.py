"""Replace the affine layer that ends a network by its QR factor: the same metric in far fewer outputs."""

import torch
from torch import Tensor, nn

from latent_geometry.geometry.layers import Affine, Layer, is_linear, is_reshaping


class Folding:
    r"""Fold the affine layer x = W h + b that ends a network to y = R h, where W = Q R.

    $$|W h + b - W h' - b| = |R h - R h'|, \qquad W^\top W = R^\top R$$

    The columns of Q are orthonormal, so distances, metric and curvature are unchanged while D outputs
    become the width of the last hidden layer. The factor is kept with a copy of the weight it came from,
    and the weight is compared with the copy at each call: a network that has been trained further never
    answers with its old factor.
    """

    def __init__(self) -> None:
        self._weight: Tensor | None = None
        self._factor: Tensor | None = None

    def __call__(self, layers: list[Layer]) -> list[Layer]:
        """Return the layers with the last affine one folded, or as they are where that gains nothing."""
        n = foldable(layers)
        if n is None:
            return layers
        return [*layers[:n], Affine(self._factor_of(layers[n].weight.detach()))]

    def _factor_of(self, weight: Tensor) -> Tensor:
        old = self._weight
        if (
            old is None
            or old.dtype != weight.dtype
            or old.device != weight.device
            or not torch.equal(old, weight)
        ):
            # In float64 the factor is good to the last bit of a float32 weight, whatever its condition.
            factor = torch.linalg.qr(weight.double(), mode="r").R
            self._weight, self._factor = weight.clone(), factor.to(weight.dtype)
        return self._factor


def foldable(layers: list[Layer]) -> int | None:
    """Find the index of the affine layer that ends a network and widens it; None where there is none.

    Reshaping after it is harmless as long as a point ends up in one axis again.
    """
    n = len(layers)
    while n and is_reshaping(layers[n - 1]):
        n -= 1
    if n == 0 or not is_linear(layers[n - 1]) or not _regroups_within_points(layers[n:]):
        return None
    return n - 1 if layers[n - 1].out_features > layers[n - 1].in_features else None


def _regroups_within_points(tail: list[Layer]) -> bool:
    unflattened = False
    for layer in tail:
        if type(layer) is nn.Flatten:
            if (layer.start_dim, layer.end_dim) != (1, -1):
                return False
            unflattened = False
        else:
            unflattened = True
    return not unflattened
