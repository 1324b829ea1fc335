"""Give results that were found without a graph the derivatives that a theorem knows."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Pull = Callable[[Sequence[Tensor | None]], Sequence[Tensor | None]]
"""Cotangents of the results to cotangents of the inputs; None where there is none."""


class _Attached(torch.autograd.Function):
    @staticmethod
    def forward(ctx, pull: Pull, values: tuple[Tensor, ...], *inputs: Tensor) -> tuple[Tensor, ...]:
        ctx.pull = pull
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*inputs)  # a weight that is changed before the way back is an error of torch's
        return values

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, *cotangents: Tensor | None) -> tuple[Tensor | None, ...]:
        inputs = ctx.saved_tensors
        if all(g is None for g in cotangents):
            return (None, None, *(None for _ in inputs))
        return (None, None, *ctx.pull(cotangents))


def attach(values: Sequence[Tensor], pull: Pull, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Make values functions of the inputs, by a rule for the way back that is asked when it is needed.

    Args:
        values: results, found without a graph.
        pull: the rule, once differentiable.
        inputs: what the values depend on.

    Returns:
        The values, as they are where no input requires a gradient or gradients are switched off.
    """
    if not torch.is_grad_enabled() or not any(x.requires_grad for x in inputs):
        return tuple(values)
    return _Attached.apply(pull, tuple(v.detach() for v in values), *inputs)


def leaves_of(value: Tensor) -> list[Tensor]:
    """List the leaves, tensors that require gradients, which a value was computed from."""
    if value.grad_fn is None:
        return [value] if value.requires_grad else []
    leaves, seen, todo = [], {value.grad_fn}, [value.grad_fn]
    while todo:
        node = todo.pop()
        if hasattr(node, "variable"):
            leaves.append(node.variable)
        for parent, _ in node.next_functions:
            if parent is not None and parent not in seen:
                seen.add(parent)
                todo.append(parent)
    return leaves
