"""Networks as lists of layers in plain numbers: what a program without PyTorch needs to evaluate them."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from pullback.exchange.numbers import float_for, packed
from pullback.maps.layers import Affine, Layer, is_changed, is_linear, is_reshaping, layers_of

_Described = dict[str, Any]
_Shape = tuple[int, ...]

ACTIVATIONS: dict[type, Callable[[Any], str]] = {
    nn.ReLU: lambda layer: "relu",
    nn.Tanh: lambda layer: "tanh",
    nn.Sigmoid: lambda layer: "sigmoid",
    nn.SiLU: lambda layer: "silu",
    nn.ELU: lambda layer: "elu" if layer.alpha == 1 else f"elu:{layer.alpha!r}",
    nn.LeakyReLU: lambda layer: f"leaky:{layer.negative_slope!r}",
    nn.Softplus: lambda layer: "softplus" if layer.beta == 1 else f"softplus:{layer.beta!r}",
    nn.GELU: lambda layer: "gelu" if layer.approximate == "none" else "gelu-tanh",
}
"""Activations, and how each is written: a name, and after a colon its one number."""

NAMES = "affine layers, (transposed) convolutions, nearest upsampling, batch, instance, layer and group norms"


def network(module: nn.Module, *, short: bool = True) -> list[_Described]:
    """Describe a decoder layer by layer.

    Affine layers that follow each other without an activation become one. A layer of a class of one's own is
    described by its method `described(shape, pack)`, with `pack(tensor)` for its numbers, as a mapping with
    at least `kind` and `rows`; an activation of one's own by its attribute `activation_name`.

    Args:
        module: in evaluation mode; an `nn.Sequential` of affine layers, convolutions, transposed
            convolutions, nearest upsampling and norms, each followed by at most one activation, or a module
            that names one in `as_sequential`.
        short: weights as floats of two bytes where they fit; else of four. Biases have four.

    Returns:
        one mapping a layer: `kind`, `rows` (numbers that it gives), `activation`, its sizes, its weights.

    Raises:
        ValueError: for a layer that cannot be described, by name.
    """
    described: list[_Described] = []
    shape: _Shape = ()
    for layer in _joined(layers_of(module)):
        if is_reshaping(layer) and shape:
            shape = tuple(layer(torch.empty(1, *shape)).shape[1:])
            continue
        name = _activation(layer)
        if name is None:
            found, shape = _layer(layer, shape, short)
            described.append(found)
        elif described and described[-1]["activation"] == "identity":
            described[-1]["activation"] = name
        else:
            raise _refused(layer, "after another activation, or first")
    if not described:
        raise ValueError(f"decoder: got no layer, expected {NAMES}")
    return described


def _layer(layer: Layer, shape: _Shape, short: bool) -> tuple[_Described, _Shape]:
    """Describe one layer of points of a shape, and give the shape of what it returns."""
    if isinstance(layer, nn.Module) and is_changed(layer):
        raise _refused(layer, "with hooks or a forward of its own")
    if isinstance(layer, _MOODY) and layer.training and getattr(layer, "track_running_stats", True):
        raise ValueError(f"decoder: got {type(layer).__name__} in training mode, expected decoder.eval()")
    if is_linear(layer) and len(shape) <= 1:
        rows, columns = layer.weight.shape
        found = {"kind": "affine", "columns": columns, **_weights(layer, layer.weight, rows, short)}
        return _with(found, rows), (rows,)
    for kinds, describe in _KINDS:
        if type(layer) in kinds and shape:
            found, after = describe(layer, shape, short)
            return _with(found, math.prod(after)), after
    if hasattr(layer, "described"):
        found = _with(layer.described(shape, lambda values: packed(values, "f4")), None)
        return found, (found["rows"],)
    raise _refused(layer, f"on points of shape {shape}" if shape else "first")


def _with(found: _Described, rows: int | None) -> _Described:
    return {"rows": rows, "activation": "identity", **found}


def _refused(layer: Layer, where: str) -> ValueError:
    name = type(layer).__name__
    return ValueError(f"decoder: got the layer {name} {where}, expected {NAMES}, each with one activation")


def _activation(layer: Layer) -> str | None:
    name = getattr(layer, "activation_name", None)
    if name is None and type(layer) in ACTIVATIONS and not is_changed(layer):
        name = ACTIVATIONS[type(layer)](layer)
    return name


def _joined(layers: list[Layer]) -> list[Layer]:
    """Compose affine layers that follow each other: a plane of codes needs no first layer of its own."""
    found: list[Layer] = []
    for layer in layers:
        if found and is_linear(layer) and is_linear(found[-1]):
            before = found.pop()
            bias = None if before.bias is None else layer(before.bias)
            layer = Affine(layer.weight @ before.weight, layer.bias if bias is None else bias)
        found.append(layer)
    return found


def _weights(layer: Any, weight: Tensor, maps: int, short: bool) -> _Described:
    bias = torch.zeros(maps) if layer.bias is None else layer.bias
    return {"weight": packed(weight, float_for(weight, short=short)), "bias": packed(bias, "f4")}


def _on_maps(layer: nn.Module, shape: _Shape) -> None:
    if len(shape) != 3:
        raise _refused(layer, f"on points of shape {shape} and not (channels, height, width)")


def _transposed(layer: nn.ConvTranspose2d, shape: _Shape, short: bool) -> tuple[_Described, _Shape]:
    """Describe a transposed convolution, its weight as (maps, taps, channels)."""
    _on_maps(layer, shape)
    if layer.groups != 1 or layer.dilation != (1, 1):
        raise ValueError(f"decoder: got {layer}, expected one group and no dilation")
    kernel = layer.kernel_size
    sizes = zip(shape[1:], layer.stride, layer.padding, kernel, layer.output_padding, strict=True)
    after = (layer.out_channels, *((n - 1) * step - 2 * cut + taps + e for n, step, cut, taps, e in sizes))
    weights = _weights(layer, layer.weight.permute(1, 2, 3, 0), layer.out_channels, short)
    return {"kind": "transposed", **_geometry(layer, shape, after), **weights}, after


def _convolution(layer: nn.Conv2d, shape: _Shape, short: bool) -> tuple[_Described, _Shape]:
    """Describe a convolution, its weight as (maps, channels, taps)."""
    _on_maps(layer, shape)
    plain = layer.padding_mode == "zeros" and not isinstance(layer.padding, str)
    if layer.groups != 1 or layer.dilation != (1, 1) or not plain:
        raise ValueError(f"decoder: got {layer}, expected one group, no dilation, zeros around by numbers")
    sizes = zip(shape[1:], layer.stride, layer.padding, layer.kernel_size, strict=True)
    after = (layer.out_channels, *((n + 2 * add - taps) // step + 1 for n, step, add, taps in sizes))
    weights = _weights(layer, layer.weight, layer.out_channels, short)
    return {"kind": "convolution", **_geometry(layer, shape, after), **weights}, after


def _geometry(layer: nn.Conv2d | nn.ConvTranspose2d, shape: _Shape, after: _Shape) -> _Described:
    sizes = {"input": shape, "output": after, "kernel": layer.kernel_size, "stride": layer.stride}
    return {**sizes, "padding": layer.padding}


def _upsampled(layer: nn.Upsample, shape: _Shape, short: bool) -> tuple[_Described, _Shape]:
    _on_maps(layer, shape)
    factor = layer.scale_factor
    factors = factor if isinstance(factor, tuple) else (factor, factor)
    if layer.mode != "nearest" or factor is None or any(f != int(f) for f in factors):
        raise ValueError(f"decoder: got {layer}, expected nearest upsampling by a whole factor")
    after = (shape[0], *(n * int(f) for n, f in zip(shape[1:], factors, strict=True)))
    return {"kind": "upsampled", "input": shape, "output": after}, after


def _own_statistics(layer: Any, shape: _Shape, short: bool) -> tuple[_Described, _Shape]:
    """Describe a norm by the point's own statistics, over runs of entries that follow each other."""
    if getattr(layer, "track_running_stats", False):
        return _stored_statistics(layer, shape, short)
    whole = math.prod(shape)
    size = whole  # of a layer norm
    if isinstance(layer, nn.LayerNorm) and tuple(layer.normalized_shape) != shape:
        raise ValueError(
            f"decoder: got {layer} on points of shape {shape}, expected one over the whole point"
        )
    if isinstance(layer, nn.InstanceNorm2d):
        _on_maps(layer, shape)
        size = whole // shape[0]
    if isinstance(layer, nn.GroupNorm):
        size = whole // layer.num_groups
    found = {"kind": "normalised", "size": size, "eps": layer.eps}
    if layer.weight is not None:
        each = 1 if isinstance(layer, nn.LayerNorm) else whole // shape[0]
        found["scale"] = _scale(layer.weight, layer.bias, each)
    return found, shape


def _stored_statistics(layer: Any, shape: _Shape, short: bool) -> tuple[_Described, _Shape]:
    """Describe a norm by stored statistics: a factor and a shift of each channel."""
    if layer.running_mean is None:
        raise ValueError(f"decoder: got {layer} without stored statistics, expected some")
    weight = torch.ones_like(layer.running_var) if layer.weight is None else layer.weight
    shift = torch.zeros_like(layer.running_var) if layer.bias is None else layer.bias
    factor = weight / (layer.running_var + layer.eps).sqrt()
    scale = _scale(factor, shift - factor * layer.running_mean, math.prod(shape) // shape[0])
    return {"kind": "scaled", "scale": scale}, shape


def _scale(weight: Tensor, bias: Tensor | None, each: int) -> _Described:
    shift = torch.zeros_like(weight) if bias is None else bias
    return {"each": each, "weight": packed(weight, "f4"), "bias": packed(shift, "f4")}


_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
_OWN_NORMS = (nn.InstanceNorm2d, nn.LayerNorm, nn.GroupNorm)
_MOODY = (*_BATCH_NORMS, nn.InstanceNorm2d, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.AlphaDropout)
_KINDS = (
    ((nn.ConvTranspose2d,), _transposed),
    ((nn.Conv2d,), _convolution),
    ((nn.Upsample,), _upsampled),
    (_OWN_NORMS, _own_statistics),
    (_BATCH_NORMS, _stored_statistics),
)
