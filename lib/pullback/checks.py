"""Check the arguments of geometric functions and say in one line what is wrong with them."""

from operator import index

import torch
from torch import Tensor

FLOATING = (torch.float32, torch.float64)


def check_tensor(name: str, value: object) -> Tensor:
    """Return `value` if it is a float32 or float64 tensor.

    Half precision is refused: a metric squares the condition number of a Jacobian, and eps is 1e-3 there.

    Raises:
        ValueError: naming the argument, what was seen and what was expected.
    """
    if not isinstance(value, Tensor):
        raise ValueError(f"{name}: got {type(value).__name__}, expected a float32 or float64 tensor")
    if value.dtype not in FLOATING:
        raise ValueError(f"{name}: got dtype {_dtype(value)}, expected float32 or float64")
    return value


def check_points(name: str, z: object, *, d: int | None = None, finite: bool = True) -> Tensor:
    """Return `z` if it is a tensor of points (*batch, d) with d of 1 or more, finite unless told otherwise.

    Raises:
        ValueError: naming the argument, what was seen and what was expected.
    """
    z = check_tensor(name, z)
    if z.ndim == 0 or z.shape[-1] == 0 or (d is not None and z.shape[-1] != d):
        expected = "(*batch, d), d at least 1" if d is None else f"(*batch, {d})"
        raise ValueError(f"{name}: got shape {tuple(z.shape)}, expected {expected}")
    if finite:
        check_finite(name, z)
    return z.contiguous()  # a dual number cannot be made of an expanded tensor


def check_tangents(z: Tensor, *, finite: bool = True, **tangents: object) -> tuple[Tensor, ...]:
    """Return `z` and the tangent vectors, broadcast to one shape (*batch, d).

    Raises:
        ValueError: naming the argument, what was seen and what was expected.
    """
    for name, v in tangents.items():
        v = check_points(name, v, d=z.shape[-1], finite=finite)
        if v.dtype != z.dtype:
            raise ValueError(f"{name}: got dtype {_dtype(v)}, expected {_dtype(z)}, that of z")
        try:
            torch.broadcast_shapes(v.shape, z.shape)
        except RuntimeError:
            raise ValueError(
                f"{name}: got shape {tuple(v.shape)}, expected one that broadcasts with z {tuple(z.shape)}"
            ) from None
    try:
        return tuple(v.contiguous() for v in torch.broadcast_tensors(z, *tangents.values()))
    except RuntimeError:
        shapes = ", ".join(f"{name} {tuple(v.shape)}" for name, v in tangents.items())
        raise ValueError(f"{shapes}: expected shapes that broadcast with one another") from None


def check_finite(name: str, value: Tensor) -> Tensor:
    """Return `value` if it holds neither NaN nor infinity.

    Raises:
        ValueError: naming the argument and how many entries are not finite.
    """
    if torch._C._functorch.is_batchedtensor(value):
        return value  # inside a vmap no single value may decide anything
    finite = torch.isfinite(value)
    if not finite.all():
        raise ValueError(
            f"{name}: got {int((~finite).sum())} NaN or infinite entries, expected finite values"
        )
    return value


def check_count(name: str, value: object, *, least: int = 1) -> int:
    """Return `value` as an `int` if it is a whole number of some kind, `least` or more.

    Raises:
        ValueError: naming the argument, what was seen and what was expected.
    """
    try:
        count = index(value)
    except TypeError:
        count = None
    if count is None or isinstance(value, bool) or count < least:
        raise ValueError(f"{name}: got {value!r}, expected an integer, {least} or more")
    return count


def check_weight(name: str, z: Tensor, weight: Tensor) -> None:
    """Raise unless the points `z` have the floating dtype of a network's weight."""
    if weight.dtype != z.dtype and weight.is_floating_point():
        raise ValueError(
            f"{name}: got dtype {_dtype(z)}, expected {_dtype(weight)} as the immersion's weights"
        )


def _dtype(value: Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")
