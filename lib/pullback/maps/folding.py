"""Replace the affine layer that ends a network by its QR factor: the same metric in far fewer outputs."""

import torch
from torch import Tensor, nn

from pullback.maps.forward_mode import follows_weights
from pullback.maps.layers import Affine, Layer, is_linear, is_reshaping

# Up to 2 MiB in double precision, what a core's second-level cache holds, a weight is compared whole; of a
# larger one so many entries are.
_COMPARED_WHOLE = 1 << 18
_SAMPLED = 4096


class Folding:
    r"""Fold the affine layer x = W h + b that ends a network to y = R h, where W = Q R.

    $$|W h + b - W h' - b| = |R h - R h'|, \qquad W^\top W = R^\top R$$

    The columns of Q are orthonormal, so distances, metric and curvature are unchanged while D outputs
    become the width of the last hidden layer. The factor is kept until the weight changes: a network that has
    been trained further never answers with its old factor. A small weight is compared with a copy at each
    call. A large one is known by its memory and by the counter that PyTorch raises at every change in place;
    changes that go round the counter (through `.data` or NumPy) are seen in 4,096 of the entries. A weight
    that is being differentiated is not folded.
    """

    def __init__(self) -> None:
        self._weight: Tensor | None = None
        self._version = -1
        self._copy: Tensor | None = None
        self._factor: Tensor | None = None

    def __call__(self, layers: list[Layer]) -> list[Layer]:
        """Return the layers with the last affine one folded, or as they are where that gains nothing."""
        n = foldable(layers)
        if n is None or (follows_weights() and layers[n].weight.requires_grad):
            return layers
        return [*layers[:n], Affine(self._factor_of(layers[n].weight))]

    def _factor_of(self, weight: Tensor) -> Tensor:
        with torch.no_grad():
            if self._is_current(weight):
                return self._factor
            # In float64 the factor is good to the last bit of a float32 weight, whatever its condition.
            factor = torch.linalg.qr(weight.double(), mode="r").R.to(weight.dtype)
            # A tensor made inside a transform of torch.func dies with it. The weight is held, apart from
            # its parameter, so that its memory is not given to another tensor.
            if not torch._C._functorch.is_functorch_wrapped_tensor(factor):
                self._weight, self._version = weight.detach(), _version(weight)
                self._copy, self._factor = _compared(weight).clone(), factor
            return factor

    def _is_current(self, weight: Tensor) -> bool:
        old = self._weight
        if old is None or old.dtype != weight.dtype or old.device != weight.device:
            return False
        if old.shape != weight.shape:
            return False
        moved = old.data_ptr() != weight.data_ptr() or old.stride() != weight.stride()
        changed = moved or self._version != _version(weight)
        if changed and _compared(weight).numel() < weight.numel():
            return False
        return torch.equal(self._copy, _compared(weight))


def _version(weight: Tensor) -> int:
    """The counter of changes in place; inference tensors have none, and nothing may change them."""
    return -1 if weight.is_inference() else weight._version


def _compared(weight: Tensor) -> Tensor:
    """The entries that are compared with a copy: all of a small weight, evenly spaced ones of a large one."""
    flat = weight.reshape(-1) if weight.is_contiguous() else weight.flatten()
    return flat if flat.numel() <= _COMPARED_WHOLE else flat[:: flat.numel() // _SAMPLED]


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
