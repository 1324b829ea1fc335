"""How maps are evaluated and differentiated: by one thread at a time, in full precision, without a graph."""

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from pullback.maps.guard import NotAMap

# torch has a single level of forward-mode differentiation for all threads of a process.
_held = {"lock": threading.RLock()}
# A child that is forked while another thread differentiates would wait for that thread, which it does not
# have.
os.register_at_fork(after_in_child=lambda: _held.update(lock=threading.RLock()))

_UNDIFFERENTIABLE = re.compile(r"forward AD with (\S+)|(?:not yet support|not implemented for) (\S+)")
_WRAPPED = {
    "saved tensor hooks": "a checkpoint (torch.utils.checkpoint) or other hooks on saved tensors",
    "autograd.Function": "a full backward hook or an autograd.Function of its own",
}
_OUT_OF_TORCH = ("numpy", "data pointer", "doesn't have storage", "data-dependent", ".item()")


def jvp(function: Callable, primals: tuple, tangents: tuple) -> tuple:
    """Differentiate as `torch.func.jvp` does, while no other thread does."""
    with _held["lock"]:
        return torch.func.jvp(function, primals, tangents)


def is_traced(h: Tensor) -> bool:
    """Return whether someone outside differentiates with respect to the tensor."""
    return h.requires_grad or torch._C._functorch.is_functorch_wrapped_tensor(h)


@contextmanager
def evaluation(*inputs: Tensor, name: str = "immersion") -> Iterator[None]:
    """Evaluate layers in full precision, and without a graph of the weights where no input asks for one.

    Forward mode works without it. By default a GPU's convolutions round single precision to ten bits (TF32),
    too coarse for what is differentiated twice; matrix products are exact unless somebody asks for less.

    Args:
        *inputs: what somebody may differentiate with respect to.
        name: of the map, in messages.

    Raises:
        ValueError: for what is no map, and for an operation that torch cannot differentiate forwards.
    """
    convolutions = torch.backends.cudnn
    with _held["lock"]:
        before = convolutions.allow_tf32
        convolutions.allow_tf32 = False
        try:
            with torch.set_grad_enabled(torch.is_grad_enabled() and any(map(is_traced, inputs))):
                yield
        except NotAMap as error:
            raise ValueError(f"{name}: {error}") from None
        except (NotImplementedError, RuntimeError) as error:
            reason = _reason(str(error))
            if reason is None:
                raise
            raise ValueError(f"{name}: {reason}") from error
        finally:
            convolutions.allow_tf32 = before


def _reason(text: str) -> str | None:
    found = _UNDIFFERENTIABLE.search(text)
    if found:
        operation = (found[1] or found[2]).strip(".,'\"")
        return (
            f"torch has no forward derivative of {operation}; expected operations that have one in its place"
        )
    for sign, what in _WRAPPED.items():
        if sign in text:
            return f"holds {what}, which torch does not differentiate forwards; expected the map without it"
    if "mutate a captured Tensor" in text:
        return "changes a tensor of its own when it is called, expected a map without side effects"
    if any(word in text for word in _OUT_OF_TORCH):
        return f"leaves torch ({text.splitlines()[0]}); expected operations of torch alone"
    return None
