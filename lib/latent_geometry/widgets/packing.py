"""Arrays and networks as JSON that the page's scripts unpack."""

import base64

import numpy as np
import torch
from torch import Tensor, nn

from latent_geometry.geometry.layers import Affine, is_linear, layers_of
from latent_geometry.models.rbf_precision import InverseSquareRoot, RadialBasis

TYPES = {"f2": np.dtype("<f2"), "f4": np.dtype("<f4"), "u1": np.dtype("u1")}
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
    """Describe a fully connected decoder of two coordinates, its weights as float16, its biases as float32.

    Args:
        module: affine layers, each followed by at most one activation; the first layer may be `RadialBasis`.

    Raises:
        ValueError: for a layer that the page cannot evaluate, or another number of coordinates.
    """
    described: list[dict] = []
    for layer in layers_of(module):
        if is_linear(layer):
            described.append(_affine(layer))
        elif type(layer) is RadialBasis:
            own = {"centres": packed(layer.centres, "f4"), "rates": packed(layer.rates, "f4")}
            described.append({"kind": "bumps", "columns": layer.centres.shape[1], **own})
        elif type(layer) in ACTIVATIONS and described and described[-1].get("activation") == "identity":
            described[-1]["activation"] = _activation(layer)
        else:
            known = ", ".join(sorted(kind.__name__ for kind in ACTIVATIONS))
            raise ValueError(
                f"decoder: got the layer {type(layer).__name__}, expected nn.Linear, then one of {known}"
            )
    if not described or described[0]["columns"] != 2:
        seen = described[0]["columns"] if described else 0
        raise ValueError(f"decoder: got {seen} latent coordinates, expected 2")
    return described


def _affine(layer: nn.Linear | Affine) -> dict:
    rows, columns = layer.weight.shape
    bias = torch.zeros(rows) if layer.bias is None else layer.bias
    weights = {"weight": packed(layer.weight, "f2"), "bias": packed(bias, "f4")}
    return {"kind": "affine", "rows": rows, "columns": columns, "activation": "identity", **weights}


def _activation(layer: nn.Module) -> str:
    plain = {nn.ELU: getattr(layer, "alpha", 1) == 1, nn.Softplus: getattr(layer, "beta", 1) == 1}
    if not plain.get(type(layer), True):
        raise ValueError(f"decoder: got {layer}, expected the activation's default settings")
    return ACTIVATIONS[type(layer)]
