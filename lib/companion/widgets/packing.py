"""Arrays and networks as JSON that the page's scripts unpack."""

import base64
import math

import numpy as np
import torch
from pullback.maps.layers import Affine, Layer, is_changed, is_linear, is_reshaping, layers_of
from torch import Tensor, nn

from companion.models.uncertain.rbf_precision import InverseSquareRoot, RadialBasis

TYPES = {"f2": np.dtype("<f2"), "f4": np.dtype("<f4"), "u1": np.dtype("u1")}
LARGEST_HALF = 6e4  # what a float of two bytes holds, about
ACTIVATIONS = {
    nn.ELU: "elu",
    nn.ReLU: "relu",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
    nn.Softplus: "softplus",
    InverseSquareRoot: "rsqrt",
}


def packed(values: Tensor, kind: str) -> dict[str, str]:
    """Pack numbers, row-major and little endian, as base64 text.

    Args:
        values: any shape.
        kind: "f2" and "f4" are floats of 2 and 4 bytes, "u1" is one byte.

    Raises:
        ValueError: for values that the type cannot hold.
    """
    numbers = np.ascontiguousarray(values.detach().cpu().double().numpy())
    with np.errstate(over="ignore"):
        data = numbers.astype(TYPES[kind])
    if not np.isfinite(numbers).all() or not np.isfinite(data.astype(float)).all():
        worst = np.abs(numbers).max()
        raise ValueError(f"values: got magnitudes to {worst:.3g}, expected finite ones that fit {kind}")
    return {"type": kind, "data": base64.b64encode(data.tobytes()).decode("ascii")}


def network(module: nn.Module) -> list[dict]:
    """Describe a decoder of two coordinates, its weights as float16 where they fit, its biases as float32.

    Affine layers that follow each other without a bend become one.

    Args:
        module: affine layers, transposed convolutions and instance normalisations, each followed by at most
            one activation; the first layer may be `RadialBasis`.

    Raises:
        ValueError: for a layer that the page cannot evaluate, or another number of coordinates.
    """
    described: list[dict] = []
    shape: tuple[int, ...] = ()
    for layer in _joined(layers_of(module)):
        if is_linear(layer) and len(shape) <= 1:
            described.append(_affine(layer))
            shape = (described[-1]["rows"],)
        elif type(layer) is RadialBasis:
            own = {"centres": packed(layer.centres, "f4"), "rates": packed(layer.rates, "f4")}
            described.append({"kind": "rbf", "columns": layer.centres.shape[1], **own})
        elif type(layer) in ACTIVATIONS and described and described[-1].get("activation") == "identity":
            described[-1]["activation"] = _activation(layer)
        elif is_reshaping(layer) and shape:
            shape = tuple(layer(torch.empty(1, *shape)).shape[1:])
        elif type(layer) is nn.ConvTranspose2d and len(shape) == 3 and not is_changed(layer):
            described.append(_transposed(layer, shape))
            shape = tuple(described[-1]["output"])
        elif type(layer) is nn.InstanceNorm2d and len(shape) == 3 and not is_changed(layer):
            described.append(_normalised(layer, shape))
        else:
            known = ", ".join(sorted(kind.__name__ for kind in ACTIVATIONS))
            raise ValueError(
                f"decoder: got the layer {type(layer).__name__}, expected nn.Linear, then one of {known}; "
                "or the same with nn.ConvTranspose2d and nn.InstanceNorm2d, on unflattened maps"
            )
    if not described or described[0]["columns"] != 2:
        seen = described[0]["columns"] if described else 0
        raise ValueError(f"decoder: got {seen} latent coordinates, expected 2")
    return described


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


def _float_for(values: Tensor) -> str:
    """Choose the short floats where the values fit: the inverse of a small variance may not."""
    return "f2" if values.abs().max() < LARGEST_HALF else "f4"


def _affine(layer: nn.Linear | Affine) -> dict:
    rows, columns = layer.weight.shape
    weights = {"weight": packed(layer.weight, _float_for(layer.weight)), "bias": _bias(layer, rows)}
    return {"kind": "affine", "rows": rows, "columns": columns, "activation": "identity", **weights}


def _transposed(layer: nn.ConvTranspose2d, shape: tuple[int, ...]) -> dict:
    """Describe a transposed convolution of (channels, height, width), its weight (maps, taps, channels)."""
    if layer.groups != 1 or layer.dilation != (1, 1):
        raise ValueError(f"decoder: got {layer}, expected one group and no dilation")
    maps, kernel = layer.out_channels, layer.kernel_size
    sizes = zip(shape[1:], layer.stride, layer.padding, kernel, layer.output_padding, strict=True)
    output = [maps, *((n - 1) * step - 2 * cut + taps + extra for n, step, cut, taps, extra in sizes)]
    geometry = {"input": shape, "output": output, "kernel": kernel}
    geometry |= {"stride": layer.stride, "padding": layer.padding, "rows": math.prod(output)}
    weight = layer.weight.permute(1, 2, 3, 0)
    weights = {"weight": packed(weight, _float_for(weight)), "bias": _bias(layer, maps)}
    return {"kind": "transposed", "activation": "identity", **geometry, **weights}


def _normalised(layer: nn.InstanceNorm2d, shape: tuple[int, ...]) -> dict:
    if layer.affine or layer.track_running_stats:
        raise ValueError(f"decoder: got {layer}, expected no weights and no running statistics")
    sizes = {"maps": shape[0], "size": math.prod(shape[1:]), "rows": math.prod(shape), "eps": layer.eps}
    return {"kind": "normalised", "activation": "identity", **sizes}


def _bias(layer: nn.Linear | Affine | nn.ConvTranspose2d, size: int) -> dict[str, str]:
    return packed(torch.zeros(size) if layer.bias is None else layer.bias, "f4")


def _activation(layer: nn.Module) -> str:
    plain = {nn.ELU: getattr(layer, "alpha", 1) == 1, nn.Softplus: getattr(layer, "beta", 1) == 1}
    if not plain.get(type(layer), True):
        raise ValueError(f"decoder: got {layer}, expected the activation's default settings")
    return ACTIVATIONS[type(layer)]
