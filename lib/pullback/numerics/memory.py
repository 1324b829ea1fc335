"""Work in parts that fit the memory of a device, found by trying."""

import warnings
from collections.abc import Callable, Iterable
from typing import TypeVar

import torch
from torch import Tensor

from pullback.maps.forward_mode import is_shortage

T = TypeVar("T")


def halving_on_shortage(work: Callable[[Tensor], T], batches: Iterable[Tensor]) -> list[T]:
    """Do some work for each batch of indices, and halve a batch for which the device has no room.

    The results are those of smaller batches and nothing else: the work must treat each index for itself.

    Args:
        work: (b,) indices -> result.
        batches: (b,) indices each.

    Returns:
        the results of all parts, in the order of the indices.

    Raises:
        torch.OutOfMemoryError: when there is no room for a single index.
    """
    waiting, results = list(batches)[::-1], []
    while waiting:
        indices = waiting.pop()
        try:
            results.append(work(indices))
            continue
        except (RuntimeError, MemoryError) as error:
            if len(indices) == 1 or not is_shortage(error):
                raise
        # Outside of the handler, whose traceback would keep the tensors of the failed attempt alive.
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        first, second = indices.tensor_split(2)
        waiting += [second, first]
        warnings.warn(
            f"no room in memory for {len(indices)} at once, going on with {len(first)}",
            RuntimeWarning,
            stacklevel=3,
        )
    return results
