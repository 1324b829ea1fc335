"""Compare derivatives of a map with difference quotients, so that a wrong one is refused and not measured.

No list can foresee what decoders do. A patched layer, a decode method under `inference_mode`, a function of
torch whose derivative is wrong: all show in a few evaluations beside the tangents.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

# Points and directions that are tried: a derivative that is wrong is so almost everywhere.
_POINTS, _DIRECTIONS = 2, 2

# Steps as powers of the rounding unit: the second is the best for a smooth function, the first for one that
# hardly changes, the smaller ones for functions that change fast, and for creases near the point.
_POWERS = (1 / 4, 1 / 3, 0.42, 0.6)
# A derivative that is exactly 0 says that values stand still: then the longest steps, over which rounding
# counts least, may contradict it too, 0.14 and 0.07 in single precision.
_LONG_POWERS = (1 / 8, 1 / 6)
# A derivative and a quotient that agree to this power of the rounding unit are the same, 1e-4 in double
# precision and 2 per cent in single: what torch gets wrong, it gets wrong by more.
_AGREE = 1 / 4
# Rounding of a value, in units of the largest value of a point's image; of a network, a hundred operations
# deep.
_ROUNDING = 100.0

Along = Callable[[Tensor, Tensor], Tensor]
"""Points (n, d) and directions (n, d) to what is there, or its derivative along them: (n, m)."""


def disagreement(
    function: Along, derivative: Along, z: Tensor, size: Tensor | None = None, *, standing: bool = False
) -> str | None:
    """Compare a derivative with difference quotients at some points, along some directions.

    At creases, and where values are rounded more than they change, a quotient says nothing, and is not held
    against the derivative: only quotients that agree with one another count, and all must contradict it.

    Args:
        function: what changes along a direction, evaluated once, at 32 points, or 52 with `standing`.
        derivative: how fast it says that it does.
        z: (n, d) points, of which the first few are tried.
        size: (n,) of the numbers that the function's values are computed from, where they may cancel.
        standing: hold outputs whose derivative is exactly 0 against longer steps and by themselves, so that
            a slow one shows among fast ones. Not for what changes by jumps at creases, as derivatives do.

    Returns:
        None where they agree or nothing can be said, else a few words on what was seen.
    """
    z = z[:_POINTS].detach()
    least = z.new_zeros(len(z)) if size is None else size[:_POINTS]
    v = directions(z)
    z, least = z.repeat(_DIRECTIONS, 1), least.repeat(_DIRECTIONS)
    found = derivative(z, v).detach()
    long = found.norm(dim=-1)
    quotients = _quotients(function, z, v, least, (*_LONG_POWERS, *_POWERS) if standing else _POWERS)
    wrong, largest = _contradicted(quotients.last(len(_POWERS)), found)
    if standing and not wrong.any():
        still = found == 0
        wrong, largest = _contradicted(quotients.of(still), torch.zeros_like(found))
        long = torch.where(wrong, 0.0, long)
    if wrong.any():
        i = int(wrong.nonzero()[0])
        told = "is 0" if long[i] == 0 else f"is {float(long[i]):.3g} long"
        return f"{told} where values change by {float(largest[i]):.3g} per unit step"
    return None


class _Quotients(NamedTuple):
    """Differences of a function with ever shorter steps, longest first.

    Attributes:
        slope: (steps, n, m) the changes from behind a point to ahead of it, per unit step.
        bend: (steps, n, m) by how much the values on both sides are above the point's own, per unit step;
            with all changes on one side of it, as beside a crease, it is as large as the slope.
        rounding: (steps, n, m) what rounding may add to an output of either, were it computed from itself.
    """

    slope: Tensor
    bend: Tensor
    rounding: Tensor

    @property
    def noise(self) -> Tensor:
        """What rounding may add to the length of either, where outputs may be computed from one another."""
        return self.rounding.amax(-1) * (self.rounding != 0).sum(-1) ** 0.5

    def last(self, k: int) -> "_Quotients":
        return _Quotients(*(part[-k:] for part in self))

    def of(self, chosen: Tensor) -> "_Quotients":
        """Hold all outputs (n, m) but the chosen ones at 0."""
        return _Quotients(*(part * chosen for part in self))


def _contradicted(quotients: _Quotients, found: Tensor) -> tuple[Tensor, Tensor]:
    """Return whether quotients contradict a derivative (n, m), and the largest of them: (n,) each."""
    share, long = torch.finfo(found.dtype).eps ** _AGREE, found.norm(dim=-1)
    agrees, informed = torch.zeros_like(long, dtype=torch.bool), torch.zeros_like(long, dtype=torch.bool)
    before, largest = None, torch.zeros_like(long)
    for quotient, bend, noise in zip(quotients.slope, quotients.bend, quotients.noise):
        length = quotient.norm(dim=-1)
        bound = share * torch.maximum(length, long) + noise
        known = torch.maximum(length, long) > 10 * noise
        # Values that stand still near the point agree with a derivative of 0, whatever longer steps saw.
        agrees |= (long == 0) & (length <= noise) & (10 * noise < largest)
        agrees |= known & ((quotient - found).norm(dim=-1) <= bound)
        if before is not None:
            smooth = bend.norm(dim=-1) <= torch.maximum(length, long) / 2 + noise
            same = known & smooth & ((quotient - before).norm(dim=-1) <= bound)
            largest = torch.where(same, torch.maximum(largest, length), largest)
            informed |= same
        before = quotient
    return informed & ~agrees & long.isfinite(), largest


def _quotients(function: Along, z: Tensor, v: Tensor, least: Tensor, powers: tuple[float, ...]) -> _Quotients:
    unit = torch.finfo(z.dtype).eps
    far = z.norm(dim=-1).clamp(min=1.0)
    steps = torch.stack([unit**power * far for power in powers])  # (steps, n)
    moves = torch.stack([steps, -steps], dim=1)[..., None] * v
    places = torch.cat([(z + moves).flatten(0, 2), z])
    # One call for all: a call costs more than what it is called for.
    x = function(places, v.expand(2 * len(powers) + 1, *v.shape).flatten(0, 1)).detach()
    ahead, behind = x[: -len(z)].reshape(*moves.shape[:3], -1).unbind(1)
    own, h = x[-len(z) :], steps[..., None]
    # No output is so small that nothing is rounded: the count of outputs is that of those that can be.
    size = torch.maximum(ahead.abs(), least[:, None]).clamp(min=torch.finfo(z.dtype).tiny / unit)
    rounding = _ROUNDING * unit * size / h
    return _Quotients((ahead - behind) / (2 * h), (ahead + behind - 2 * own) / (2 * h), rounding)


def directions(z: Tensor) -> Tensor:
    """Directions (k n, d) of unit length without any axis among them; the same for the same points."""
    n, d = z.shape
    steps = torch.arange(n * d, dtype=z.dtype, device=z.device).reshape(n, d)
    # 2.4 is near the golden angle: no pattern of signs repeats.
    v = torch.cat([torch.cos(1.0 + steps * (2.4 + k) + k) for k in range(_DIRECTIONS)])
    return v / v.norm(dim=-1, keepdim=True)


@contextmanager
def unchanged(function: Callable) -> Iterator[list[str]]:
    """Give the modules behind a function back as they were: buffers, parameters and torch's random state.

    Yields:
        a list that holds, after the block, the names of what the function changed.
    """
    tensors = {
        f"{type(module).__name__}.{name}": (module, name, tensor, tensor.detach().clone())
        for module in modules_behind(function)
        for name, tensor in module.named_buffers()
        if not tensor.is_inference()
    }
    state, changed = torch.get_rng_state(), []
    try:
        yield changed
    finally:
        torch.set_rng_state(state)
        for label, (module, name, tensor, before) in tensors.items():
            now = dict(module.named_buffers()).get(name)
            if now is tensor and torch.equal(tensor, before):  # batch_norm raises no version counter
                continue
            changed.append(label)
            with torch.no_grad():
                tensor.copy_(before)
            if now is not tensor:
                owner, _, leaf = name.rpartition(".")
                module.get_submodule(owner)._buffers[leaf] = tensor


def modules_behind(function: object) -> list[nn.Module]:
    """List the modules that a function is, is a method of, holds in its closure or names as globals."""
    found, seen, todo = [], set(), [function]
    while todo:
        held = todo.pop()
        if id(held) in seen:
            continue
        seen.add(id(held))
        if isinstance(held, nn.Module):
            found.append(held)
        elif isinstance(held, partial):
            todo += [held.func, *held.args, *held.keywords.values()]
        elif hasattr(held, "__wrapped__"):
            todo.append(held.__wrapped__)
        elif hasattr(held, "__self__") and hasattr(held, "__func__"):
            todo += [held.__self__, held.__func__]
        elif hasattr(held, "__code__"):
            cells = held.__closure__ or ()
            todo += [cell.cell_contents for cell in cells if _is_filled(cell)]
            todo += [value for value in held.__defaults__ or () if callable(value)]
            names = held.__globals__.keys() & set(held.__code__.co_names)
            todo += [
                held.__globals__[name] for name in names if isinstance(held.__globals__[name], nn.Module)
            ]
        elif callable(held) and hasattr(held, "__dict__"):
            todo += [value for value in vars(held).values() if callable(value)]
    return found


def _is_filled(cell) -> bool:
    try:
        return callable(cell.cell_contents)
    except ValueError:  # not assigned yet
        return False
