"""Elementwise activations with their first and second derivatives."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Derivatives = tuple[Tensor, Tensor, Tensor | None]


def _tanh(layer: nn.Tanh, a: Tensor, second: bool) -> Derivatives:
    y = torch.tanh(a)
    slope = 1 - y * y
    return y, slope, -2 * y * slope if second else None


def _sigmoid(layer: nn.Sigmoid, a: Tensor, second: bool) -> Derivatives:
    y = torch.sigmoid(a)
    slope = y * (1 - y)
    return y, slope, slope * (1 - 2 * y) if second else None


def _elu(layer: nn.ELU, a: Tensor, second: bool) -> Derivatives:
    y = F.elu(a, layer.alpha)
    decay = y + layer.alpha
    slope = torch.where(a > 0, 1.0, decay)
    return y, slope, torch.where(a > 0, 0.0, decay) if second else None


def _softplus(layer: nn.Softplus, a: Tensor, second: bool) -> Derivatives:
    y = F.softplus(a, layer.beta, layer.threshold)
    linear = layer.beta * a > layer.threshold
    s = torch.sigmoid(layer.beta * a)
    slope = torch.where(linear, torch.ones_like(a), s)
    return y, slope, torch.where(linear, torch.zeros_like(a), layer.beta * s * (1 - s)) if second else None


def _silu(layer: nn.SiLU, a: Tensor, second: bool) -> Derivatives:
    s = torch.sigmoid(a)
    rest = 1 - s
    return a * s, s * (1 + a * rest), s * rest * (2 + a * (rest - s)) if second else None


def _gelu(layer: nn.GELU, a: Tensor, second: bool) -> Derivatives:
    if layer.approximate != "none":
        return _gelu_tanh(a, second)
    share = 0.5 * (1 + torch.erf(a / math.sqrt(2)))
    density = torch.exp(-0.5 * a * a) / math.sqrt(2 * math.pi)
    return a * share, share + a * density, density * (2 - a * a) if second else None


def _gelu_tanh(a: Tensor, second: bool) -> Derivatives:
    scale, cubic = math.sqrt(2 / math.pi), 0.044715
    t = torch.tanh(scale * (a + cubic * a**3))
    inner = scale * (1 + 3 * cubic * a * a)
    sech2 = 1 - t * t
    slope = 0.5 * (1 + t) + 0.5 * a * sech2 * inner
    if not second:
        return 0.5 * a * (1 + t), slope, None
    second_slope = sech2 * (inner + 0.5 * a * (6 * scale * cubic * a - 2 * t * inner * inner))
    return 0.5 * a * (1 + t), slope, second_slope


def _relu(layer: nn.ReLU, a: Tensor, second: bool) -> Derivatives:
    return torch.relu(a), (a > 0).to(a.dtype), torch.zeros_like(a) if second else None


def _leaky_relu(layer: nn.LeakyReLU, a: Tensor, second: bool) -> Derivatives:
    slope = torch.where(a > 0, torch.ones_like(a), torch.full_like(a, layer.negative_slope))
    return a * slope, slope, torch.zeros_like(a) if second else None


# Each maps (layer, values before it, second derivative wanted) to the values, the slope and the second_slope
# or None.
ACTIVATIONS: dict[type, Callable[[nn.Module, Tensor, bool], Derivatives]] = {
    nn.Tanh: _tanh,
    nn.Sigmoid: _sigmoid,
    nn.ELU: _elu,
    nn.Softplus: _softplus,
    nn.SiLU: _silu,
    nn.GELU: _gelu,
    nn.ReLU: _relu,
    nn.LeakyReLU: _leaky_relu,
}
