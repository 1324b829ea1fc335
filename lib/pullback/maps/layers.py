"""Differentiate the layers of a network analytically: values, tangents and second derivatives, forwards."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.func import vmap
from torch.nn import functional as F
from torch.nn.modules import module as _hooks_of_all

from pullback.maps.activations import ACTIVATIONS
from pullback.maps.exact_derivatives import ExactDerivatives
from pullback.maps.forward_mode import is_traced, jvp, weight_of
from pullback.maps.guard import Guard
from pullback.maps.operators import OPERATORS, apply_operator, is_operator_module, push_operator

Layer = Callable[[Tensor], Tensor]

_SKIPPED_IN_EVALUATION = (nn.Dropout, nn.AlphaDropout, nn.Dropout1d, nn.Dropout2d)
_CALL = nn.Module.__call__


def _own_forward(kind: type) -> Callable | None:
    """Return the `forward` that torch gives a class; None where it was replaced before this was loaded."""
    source = Path(torch.nn.__file__).parent
    function = kind.forward
    code = getattr(function, "__code__", None)
    return function if code is not None and Path(code.co_filename).is_relative_to(source) else None


_FORWARD = {
    kind: _own_forward(kind)
    for kind in (
        *(nn.Linear, nn.Sequential, nn.Identity, nn.Flatten, nn.Unflatten),
        *_SKIPPED_IN_EVALUATION,
        *ACTIVATIONS,
        *OPERATORS,
    )
}


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
    if isinstance(immersion, nn.Module):
        shown = getattr(immersion, "as_sequential", None)
        if isinstance(shown, nn.Sequential) and not is_changed(immersion):
            return layers_of(shown)
        if isinstance(immersion, nn.Sequential) and _is_sequential(immersion):
            return [layer for child in immersion for layer in layers_of(child)]
        if _is_identity(immersion) and is_plain(immersion):
            return []
    return [immersion]


def is_changed(module: nn.Module) -> bool:
    """Return whether hooks or a `forward` of its own may change what a module of any class computes."""
    hooked = module._forward_hooks or module._forward_pre_hooks
    hooked = hooked or _hooks_of_all._global_forward_hooks or _hooks_of_all._global_forward_pre_hooks
    return bool(hooked) or "forward" in module.__dict__ or nn.Module.__call__ is not _CALL


def _is_sequential(module: nn.Module) -> bool:
    own = type(module).forward is _FORWARD[nn.Sequential] and type(module).__call__ is _CALL
    return own and not is_changed(module)


def is_plain(module: object) -> bool:
    """Return whether a module computes what its class in torch says, and nothing else.

    A hook, on the module or on all, a `forward` of its own and a patched class may compute something else.
    """
    kind = type(module)
    return (
        kind in _FORWARD
        and kind.forward is _FORWARD[kind]
        and "forward" not in module.__dict__
        and not (module._forward_hooks or module._forward_pre_hooks)
        and not (_hooks_of_all._global_forward_hooks or _hooks_of_all._global_forward_pre_hooks)
        and nn.Module.__call__ is _CALL
    )


def _is_identity(module: nn.Module) -> bool:
    return type(module) is nn.Identity or (type(module) in _SKIPPED_IN_EVALUATION and not module.training)


def is_linear(layer: Layer) -> bool:
    """Return whether the layer is affine, with its weight as derivative: `Affine` or a plain `nn.Linear`."""
    return type(layer) is Affine or (type(layer) is nn.Linear and is_plain(layer))


def is_activation(layer: Layer) -> bool:
    """Return whether the layer is an elementwise function whose derivatives are known here."""
    return type(layer) in ACTIVATIONS and is_plain(layer)


def is_opaque(layer: Layer) -> bool:
    """Return whether the layer can only be differentiated by automatic differentiation."""
    return not (is_linear(layer) or is_activation(layer) or is_reshaping(layer) or is_operator(layer))


def is_operator(layer: Layer) -> bool:
    """Return whether the layer is affine by a formula: a convolution, or batch normalisation in `eval()`."""
    return is_operator_module(layer) and is_plain(layer)


def is_reshaping(layer: Layer) -> bool:
    """Return whether the layer only regroups the entries of each point."""
    return type(layer) in (nn.Flatten, nn.Unflatten) and is_plain(layer)


def apply(layer: Layer, h: Tensor) -> Tensor:
    """Apply one layer, its weights held constant unless the evaluation follows them."""
    if is_linear(layer):
        return F.linear(h, weight_of(layer.weight), None if layer.bias is None else weight_of(layer.bias))
    if is_operator(layer):
        return apply_operator(layer, h)
    if is_opaque(layer):
        # A layer may work in place, and its input is somebody's.
        with ExactDerivatives() if is_traced(h) else Guard():
            return _on_a_copy(layer)(h)
    return layer(h)


def _on_a_copy(layer: Layer) -> Layer:
    """Let a layer that works in place do so on a copy, made where it is differentiated."""
    return lambda h: layer(h.clone())


def push_linear(layer: nn.Linear | Affine, tangents: Tensor) -> Tensor:
    """Push tangents (k, n or 1, w) through an affine layer."""
    return F.linear(tangents, weight_of(layer.weight))


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
        if not torch._C._functorch.is_functorch_wrapped_tensor(h):
            push = vmap(lambda t: jvp(_on_a_copy(layer), (h,), (t,)), out_dims=(None, 0), randomness="same")
            return push(tangents)
        # Under somebody else's vmap the value is of their batch, and must not pass through ours.
        push = vmap(lambda t: jvp(_on_a_copy(layer), (h,), (t,))[1], randomness="same")
        return layer(h.clone()), push(tangents)


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
        return jvp(_on_a_copy(layer), (x,), (t,))[1]

    # One nested call per pair, no vmap over them: batching rules of nested derivatives are where errors hide.
    with ExactDerivatives():
        second_part = [
            jvp(derivative, (h, tangents[b]), (tangents[a], s))[1] for (a, b), s in zip(pairs, second)
        ]
    return y, pushed, torch.stack(second_part)


def _ends(tangents: Tensor, pairs: list[tuple[int, int]]) -> tuple[Tensor, Tensor]:
    index = torch.tensor(pairs, dtype=torch.long, device=tangents.device).reshape(-1, 2)
    return tangents[index[:, 0]], tangents[index[:, 1]]
