"""Second derivatives of a weighted sum of features, from one backward pass over what the tangents left."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import grad

from pullback.maps.activations import ACTIVATIONS
from pullback.maps.exact_derivatives import ExactDerivatives
from pullback.maps.forward_mode import evaluation, jvp, weight_of
from pullback.maps.layers import (
    Layer,
    apply,
    is_activation,
    is_linear,
    is_operator,
    is_reshaping,
    is_traced,
    push_tangents,
)
from pullback.maps.operators import pull_operator

# Up to so many tangents, products written out beat calls of BLAS on matrices of so few rows.
_FEW = 3


class Entry(NamedTuple):
    """One layer of a pass: its input (n, *event), tangents (k, n or 1, *event), first and second slope."""

    layer: Layer
    h: Tensor
    tangents: Tensor
    slope: Tensor | None = None
    second_slope: Tensor | None = None


def record(layers: list[Layer], h: Tensor, tangents: Tensor) -> tuple[Tensor, Tensor, list[Entry]]:
    """Push points (n, d) and tangents (k, n or 1, d) through layers and keep what the way back needs."""
    tape = []
    for layer in layers:
        if is_activation(layer):
            y, slope, second_slope = ACTIVATIONS[type(layer)](layer, h, True)
            tape.append(Entry(layer, h, tangents, slope, second_slope))
            h, tangents = y, slope * tangents
        else:
            tape.append(Entry(layer, h, tangents))
            h, tangents = push_tangents(layer, h, tangents)
    return h, tangents, tape


def weighted_second_derivatives(tape: list[Entry], weights: Tensor) -> Tensor:
    r"""Differentiate w . f twice along all pairs of the recorded tangents (`eq-gauss-newton`).

    $$\partial_a \partial_b (w \cdot f) = \sum_{l, u} \lambda_{lu} \, \phi_l''(h_{lu}) \, t_{lu}^a t_{lu}^b$$

    $\lambda_l$ is the derivative of w . f with respect to the output of layer l, $t_l^a$ the tangents before
    it: one covector is pulled back, no second derivative is pushed forwards. Layers without a formula give
    their share by automatic differentiation, forward over reverse.

    Args:
        tape: what `record` kept.
        weights: (n, m) the w of each point.

    Returns:
        (n, k, k).
    """
    covector, total = weights, 0.0
    for entry in reversed(tape):
        layer = entry.layer
        if is_activation(layer):
            total = total + _weighted_products(covector * entry.second_slope, entry.tangents)
            covector = covector * entry.slope
        elif is_linear(layer):
            covector = covector @ weight_of(layer.weight)
        elif is_operator(layer):
            covector = pull_operator(layer, covector, entry.h.shape)
        elif is_reshaping(layer):
            covector = covector.reshape(entry.h.shape)
        else:
            covector, share = _differentiate(entry, covector)
            total = total + share
    if isinstance(total, float):
        k = tape[0].tangents.shape[0] if tape else weights.shape[-1]
        return weights.new_zeros(len(weights), k, k)
    return total


def _weighted_products(weights: Tensor, tangents: Tensor) -> Tensor:
    """Sum weights t_a t_b over the event axes: (n, *event), (k, n or 1, *event) to (n, k, k)."""
    k, n = len(tangents), len(weights)
    weights, tangents = weights.flatten(1), tangents.flatten(2)
    if k > _FEW:
        rows = tangents.transpose(0, 1).expand(n, -1, -1)
        return (rows * weights[:, None]) @ rows.mT
    products = weights.new_empty(k, k, n)
    for a in range(k):
        scaled = weights * tangents[a]
        for b in range(a, k):
            products[a, b] = products[b, a] = (scaled * tangents[b]).sum(-1)
    return products.permute(2, 0, 1)


def _differentiate(entry: Entry, covector: Tensor) -> tuple[Tensor, Tensor]:
    """Pull a covector back through a layer without a formula; also its weighted second derivatives."""
    k, n = len(entry.tangents), len(entry.h)
    copies = entry.h.repeat(k, *[1] * (entry.h.ndim - 1))
    weights = covector.repeat(k, *[1] * (covector.ndim - 1))
    tangents = entry.tangents.expand(-1, *entry.h.shape).contiguous()

    def gradient(x: Tensor) -> Tensor:
        return grad(lambda y: (apply(entry.layer, y) * weights).sum())(x)

    # Without the switch the weights of the layer, which are constants here, would each leave a graph behind.
    traced = torch.is_grad_enabled() and (is_traced(entry.h) or is_traced(covector))
    with ExactDerivatives(), torch.set_grad_enabled(traced):
        pulled, second_part = jvp(gradient, (copies,), (tangents.flatten(0, 1),))
    second_part = second_part.reshape(k, n, -1)
    share = second_part.transpose(0, 1) @ tangents.flatten(2).permute(1, 2, 0)
    return pulled[:n], share


class Linearisation:
    """Values and tangents of features at points (n, d), and what their second derivatives need.

    Attributes:
        value: (n, m).
        tangents: (d, n, m), the Jacobian's columns first.
    """

    def __init__(self, parts: list[tuple[Tensor, Tensor, list[Entry]]], scale: float = 1.0) -> None:
        values, tangents, self._tapes = zip(*parts)
        self._widths, self._scale = [value.shape[-1] for value in values], scale
        self.value = join(values)
        self.tangents = join([t.expand(-1, *v.shape) for t, v in zip(tangents, values)])
        if scale != 1:
            self.value, self.tangents = scale * self.value, scale * self.tangents

    def weighted_hessian(self, weights: Tensor) -> Tensor:
        """Second derivatives of weights . f, weights (n, m): (n, d, d)."""
        shares = (weights if self._scale == 1 else self._scale * weights).split(self._widths, dim=-1)
        with evaluation(weights):
            return sum(weighted_second_derivatives(tape, w) for tape, w in zip(self._tapes, shares))


def join(parts: Sequence[Tensor]) -> Tensor:
    """Put the features of several maps side by side."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts), dim=-1)
