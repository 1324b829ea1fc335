"""Affine layers that are not plain matrices: convolutions, and batch normalisation in evaluation mode.

Their derivative is the layer itself without its bias, so tangents pass as further images of the batch.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pullback.maps.forward_mode import weight_of

_CONVOLUTIONS = {nn.Conv1d: F.conv1d, nn.Conv2d: F.conv2d, nn.Conv3d: F.conv3d}
_TRANSPOSED = {
    nn.ConvTranspose1d: (F.conv_transpose1d, F.conv1d),
    nn.ConvTranspose2d: (F.conv_transpose2d, F.conv2d),
    nn.ConvTranspose3d: (F.conv_transpose3d, F.conv3d),
}
_INPUT_GRADIENTS = {
    nn.Conv1d: torch.nn.grad.conv1d_input,
    nn.Conv2d: torch.nn.grad.conv2d_input,
    nn.Conv3d: torch.nn.grad.conv3d_input,
}
_NORMALISATIONS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
OPERATORS = (*_CONVOLUTIONS, *_TRANSPOSED, *_NORMALISATIONS)
"""Modules that are known here."""


def is_operator_module(layer: object) -> bool:
    """Return whether a module is one of those known here, as it is set up and in the mode it is in."""
    kind = type(layer)
    if kind in _CONVOLUTIONS or kind in _TRANSPOSED:
        return layer.padding_mode == "zeros" and not isinstance(layer.padding, str)
    return kind in _NORMALISATIONS and not layer.training and layer.running_mean is not None


def apply_operator(layer: nn.Module, h: Tensor) -> Tensor:
    """Apply the layer to a batch (n, *event)."""
    if type(layer) in _NORMALISATIONS:
        scale = _scale(layer)
        shift = -layer.running_mean * scale
        shift = shift if layer.bias is None else shift + weight_of(layer.bias)
        return torch.addcmul(_per_channel(shift, h), h, _per_channel(scale, h))
    bias = None if layer.bias is None else weight_of(layer.bias)
    return _convolve(layer, h, bias)


def push_operator(layer: nn.Module, tangents: Tensor) -> Tensor:
    """Push tangents (k, n, *event) through the linear part of the layer."""
    flat = tangents.flatten(0, 1)
    if type(layer) in _NORMALISATIONS:
        return (flat * _per_channel(_scale(layer), flat)).unflatten(0, tangents.shape[:2])
    return _convolve(layer, flat, None).unflatten(0, tangents.shape[:2])


def pull_operator(layer: nn.Module, covectors: Tensor, shape: torch.Size) -> Tensor:
    """Pull covectors (n, *event) back through the layer, to inputs of the given shape."""
    kind = type(layer)
    if kind in _NORMALISATIONS:
        return covectors * _per_channel(_scale(layer), covectors)
    weight, settings = weight_of(layer.weight), (layer.stride, layer.padding, layer.dilation, layer.groups)
    if kind in _CONVOLUTIONS:
        return _INPUT_GRADIENTS[kind](shape, weight, covectors, *settings)
    return _TRANSPOSED[kind][1](covectors, weight, None, *settings)


def _convolve(layer: nn.Module, h: Tensor, bias: Tensor | None) -> Tensor:
    weight = weight_of(layer.weight)
    if h.ndim == 4:
        # Pixels outermost: transposed convolutions take a third to two thirds of the time on a CPU.
        h = h.contiguous(memory_format=torch.channels_last)
    if type(layer) in _CONVOLUTIONS:
        function = _CONVOLUTIONS[type(layer)]
        return function(h, weight, bias, layer.stride, layer.padding, layer.dilation, layer.groups)
    function, extra = _TRANSPOSED[type(layer)][0], layer.output_padding
    return function(h, weight, bias, layer.stride, layer.padding, extra, layer.groups, layer.dilation)


def _scale(layer: nn.Module) -> Tensor:
    scale = (layer.running_var + layer.eps).rsqrt()
    return scale if layer.weight is None else scale * weight_of(layer.weight)


def _per_channel(values: Tensor, h: Tensor) -> Tensor:
    return values.reshape(-1, *[1] * (h.ndim - 2))
