"""Arrays as text: floats of two or four bytes and bytes, in base64."""

import base64

import numpy as np
from torch import Tensor

TYPES = {"f2": np.dtype("<f2"), "f4": np.dtype("<f4"), "u1": np.dtype("u1")}
LARGEST_HALF = 6e4  # what a float of two bytes holds, about


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


def float_for(values: Tensor, *, short: bool) -> str:
    """Choose the short floats where they are wanted and the values fit, else the long ones."""
    return "f2" if short and values.abs().max() < LARGEST_HALF else "f4"
