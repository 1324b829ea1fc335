"""Differentiate the layers of a network analytically: values, tangents and second derivatives, forwards."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import jvp, vmap
from torch.nn import functional as F

from pullback.maps.activations import ACTIVATIONS
from pullback.maps.exact_derivatives import ExactDerivatives
from pullback.maps.operators import apply_operator, is_operator_module, push_operator

Layer = Callable[[Tensor], Tensor]

_SKIPPED_IN_EVALUATION = (nn.Dropout, nn.AlphaDropout, nn.Dropout1d, nn.Dropout2d)


@dataclass(frozen=True)
class Affine:
    """The layer h -> h W^T + b with constant weights."""

    weight: Tensor
    bias: Tensor | None = None

    def __call__(self, h: Tensor) -> Tensor:
        return F.linear(h, self.weight, self.bias)


def layers_of(immersion: Layer) -> list[Layer]:
    """List the layers that a map applies one after the other.

    An `nn.Sequential` is taken apart, nested ones too. A module of another class may say in an attribute
    `as_sequential` which Sequential computes the same map. Anything else is one opaque layer.
    """
    if isinstance(immersion, nn.Module) and not has_hooks(immersion):
        shown = getattr(immersion, "as_sequential", None)
        if isinstance(shown, nn.Sequential):
            return layers_of(shown)
        if (
            type(immersion).forward is nn.Sequential.forward
            and type(immersion).__call__ is nn.Module.__call__
        ):
            return [layer for child in immersion for layer in layers_of(child)]
        if _is_identity(immersion):
            return []
    return [immersion]


def has_hooks(module: nn.Module) -> bool:
    """Return whether forward hooks may change what the module computes."""
    return bool(module._forward_hooks or module._forward_pre_hooks)


def _is_identity(module: nn.Module) -> bool:
    return type(module) is nn.Identity or (type(module) in _SKIPPED_IN_EVALUATION and not module.training)


def is_linear(layer: Layer) -> bool:
    """Return whether the layer is affine, with its weight as derivative: `Affine` or a plain `nn.Linear`."""
    return type(layer) is Affine or (type(layer) is nn.Linear and not has_hooks(layer))


def is_activation(layer: Layer) -> bool:
    """Return whether the layer is an elementwise function whose derivatives are known here."""
    return type(layer) in ACTIVATIONS and not has_hooks(layer)


def is_opaque(layer: Layer) -> bool:
    """Return whether the layer can only be differentiated by automatic differentiation."""
    return not (is_linear(layer) or is_activation(layer) or is_reshaping(layer) or is_operator(layer))


def is_operator(layer: Layer) -> bool:
    """Return whether the layer is affine by a formula: a convolution, or batch normalisation in `eval()`."""
    return is_operator_module(layer) and not has_hooks(layer)


def is_reshaping(layer: Layer) -> bool:
    """Return whether the layer only regroups the entries of each point."""
    return type(layer) in (nn.Flatten, nn.Unflatten) and not has_hooks(layer)


def is_traced(h: Tensor) -> bool:
    """Return whether someone outside differentiates with respect to the tensor."""
    return h.requires_grad or torch._C._functorch.is_functorch_wrapped_tensor(h)


def apply(layer: Layer, h: Tensor) -> Tensor:
    """Apply one layer, its weights held constant."""
    if is_linear(layer):
        return F.linear(h, layer.weight.detach(), None if layer.bias is None else layer.bias.detach())
    if is_operator(layer):
        return apply_operator(layer, h)
    if is_opaque(layer) and is_traced(h):
        with ExactDerivatives():
            return layer(h)
    return layer(h)


def push_linear(layer: nn.Linear | Affine, tangents: Tensor) -> Tensor:
    """Push tangents (k, n or 1, w) through an affine layer."""
    return F.linear(tangents, layer.weight.detach())


def push_tangents(
    layer: Layer, h: Tensor, tangents: Tensor, *, overwrite: bool = False
) -> tuple[Tensor, Tensor]:
    """Push tangents through one layer: (n, *event) and (k, n or 1, *event) to the same of its output.

    A tangent axis of 1 stands for one direction shared by all points: before the first activation of a
    network the tangents are rows of its weight, and are not copied n times. With `overwrite` an activation
    scales tangents where they are: memory that is fresh must first be paged in, which takes longer than the
    product.
    """
    if is_linear(layer):
        return apply(layer, h), push_linear(layer, tangents)
    if is_operator(layer):
        return apply_operator(layer, h), push_operator(layer, tangents)
    if is_activation(layer):
        y, slope, _ = ACTIVATIONS[type(layer)](layer, h, False)
        whole = overwrite and tangents.shape[1:] == slope.shape
        return y, tangents.mul_(slope) if whole else slope * tangents
    tangents = tangents.expand(-1, *h.shape)
    if is_reshaping(layer):
        y = layer(h)
        return y, tangents.reshape(len(tangents), *y.shape)
    with ExactDerivatives():
        return vmap(lambda t: jvp(layer, (h,), (t,)), out_dims=(None, 0))(tangents)


def push_second(
    layer: Layer, h: Tensor, tangents: Tensor, second: Tensor, pairs: list[tuple[int, int]]
) -> tuple[Tensor, Tensor, Tensor]:
    """Push tangents (k, n, *event) and second derivatives (q, n, *event) of pairs of them through one layer.

    $$y_{ab} = \\partial \\phi\\, h_{ab} + \\partial^2 \\phi\\, (h_a, h_b)$$
    """
    if is_linear(layer):
        return apply(layer, h), push_linear(layer, tangents), push_linear(layer, second)
    if is_operator(layer):
        return apply_operator(layer, h), push_operator(layer, tangents), push_operator(layer, second)
    if is_activation(layer):
        y, slope, second_slope = ACTIVATIONS[type(layer)](layer, h, True)
        first, other = _ends(tangents, pairs)
        return y, slope * tangents, slope * second + second_slope * (first * other)
    # Dual numbers need memory of their own: expanded tensors share it.
    tangents, second = (t.expand(-1, *h.shape).contiguous() for t in (tangents, second))
    if is_reshaping(layer):
        y = layer(h)
        return y, tangents.reshape(len(tangents), *y.shape), second.reshape(len(second), *y.shape)
    y, pushed = push_tangents(layer, h, tangents)

    def derivative(x: Tensor, t: Tensor) -> Tensor:
        return jvp(layer, (x,), (t,))[1]

    # One nested call per pair, no vmap over them: batching rules of nested derivatives are where errors hide.
    with ExactDerivatives():
        second_part = [
            jvp(derivative, (h, tangents[b]), (tangents[a], s))[1] for (a, b), s in zip(pairs, second)
        ]
    return y, pushed, torch.stack(second_part)


def _ends(tangents: Tensor, pairs: list[tuple[int, int]]) -> tuple[Tensor, Tensor]:
    index = torch.tensor(pairs, dtype=torch.long, device=tangents.device).reshape(-1, 2)
    return tangents[index[:, 0]], tangents[index[:, 1]]
