"""How maps are evaluated and differentiated: by one thread at a time, in full precision, without a graph."""

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor

from pullback.maps.guard import NotAMap

# torch has a single level of forward-mode differentiation for all threads of a process.
_held = {"lock": threading.RLock()}
_weights = threading.local()
# A child that is forked while another thread differentiates would wait for that thread, which it does not
# have.
os.register_at_fork(after_in_child=lambda: _held.update(lock=threading.RLock()))

_UNDIFFERENTIABLE = re.compile(r"forward AD with (\S+)|(?:not yet support|not implemented for) (\S+)")
_WRAPPED = {
    "saved tensor hooks": "a checkpoint (torch.utils.checkpoint) or other hooks on saved tensors",
    "generate_vmap_rule": "an autograd.Function without generate_vmap_rule = True",
    "autograd.Function": "a full backward hook or an autograd.Function of its own",
}
_OUT_OF_TORCH = ("numpy", "data pointer", "doesn't have storage", "data-dependent", ".item()")


def one_thread() -> threading.RLock:
    """Return the lock under which maps are evaluated: torch's forward mode and its flags are one for all."""
    return _held["lock"]


def jvp(function: Callable, primals: tuple, tangents: tuple) -> tuple:
    """Differentiate as `torch.func.jvp` does, while no other thread does."""
    with _held["lock"]:
        return torch.func.jvp(function, primals, tangents)


def is_traced(h: Tensor) -> bool:
    """Return whether someone outside differentiates with respect to the tensor."""
    return h.requires_grad or torch._C._functorch.is_functorch_wrapped_tensor(h)


def follows_weights() -> bool:
    """Return whether layers are evaluated such that their weights are differentiated too."""
    return getattr(_weights, "followed", False)


def weight_of(weight: Tensor) -> Tensor:
    """Return a layer's weight: a constant unless weights are differentiated too."""
    return weight if follows_weights() else weight.detach()


@contextmanager
def constant_weights() -> Iterator[None]:
    """Hold all weights constant, those of trainable maps too: the inner loop of solvers needs no graph."""
    before = getattr(_weights, "held", False)
    _weights.held = True
    try:
        with torch.no_grad():
            yield
    finally:
        _weights.held = before


@contextmanager
def evaluation(*inputs: Tensor, name: str = "immersion", trainable: bool = False) -> Iterator[None]:
    """Evaluate layers in full precision, and without a graph where neither inputs nor weights ask for one.

    Forward mode works without it. By default a GPU's convolutions round single precision to ten bits (TF32),
    too coarse for what is differentiated twice; matrix products are exact unless somebody asks for less.

    Args:
        *inputs: what somebody may differentiate with respect to.
        name: of the map, in messages.
        trainable: whether somebody may differentiate with respect to the weights as well.

    Raises:
        ValueError: for what is no map, and for an operation that torch cannot differentiate forwards.
    """
    convolutions = torch.backends.cudnn
    with _held["lock"]:
        before, followed = convolutions.allow_tf32, follows_weights()
        convolutions.allow_tf32 = False
        try:
            trained = trainable and not getattr(_weights, "held", False)
            graph = torch.is_grad_enabled() and (trained or any(map(is_traced, inputs)))
            _weights.followed = trained and graph
            with torch.set_grad_enabled(graph), _full_precision():
                yield
        except NotAMap as error:
            raise ValueError(f"{name}: {error}") from None
        except (NotImplementedError, RuntimeError) as error:
            if is_shortage(error) or "CUDA error" in str(error):
                raise
            reason = _reason(str(error))
            raise ValueError(f"{name}: {reason}") from error
        finally:
            convolutions.allow_tf32 = before
            _weights.followed = followed


@contextmanager
def _full_precision() -> Iterator[None]:
    """Switch off the autocast that the caller is in, on every device: half precision is none for geometry."""
    kinds = [kind for kind in ("cpu", "cuda", "mps", "xpu") if torch.is_autocast_enabled(kind)]
    with ExitStack() as stack:
        for kind in kinds:
            stack.enter_context(torch.autocast(kind, enabled=False))
        yield


def is_shortage(error: Exception) -> bool:
    """Return whether an error says that memory ran out: on a CPU torch has no class of its own for it."""
    known = isinstance(error, (torch.OutOfMemoryError, MemoryError))
    return known or "can't allocate memory" in str(error) or "not enough memory" in str(error)


def _reason(text: str) -> str:
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
    first = text.split("\n")[0].split(". ")[0] or "without a word"
    return f"torch cannot differentiate it forwards ({first}); expected operations of which it can"
