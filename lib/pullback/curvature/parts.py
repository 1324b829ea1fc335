"""Do what keeps second derivatives of every output for some points at a time: memory bounded by bytes."""

from collections.abc import Callable

import torch
from torch import Tensor

from pullback.maps.forward_mode import is_traced
from pullback.metrics.base import Metric
from pullback.numerics.memory import halving_on_shortage

# Of the second derivatives of the points that are held at once; a GPU wants big batches.
MOST_BYTES = {"cpu": 1 << 27, "cuda": 1 << 31}
# So few second derivatives of an output are taken at once without a question for the number of outputs.
_FEW = 512


def by_parts(
    metric: Metric, work: Callable[..., Tensor], z: Tensor, *vectors: Tensor, kept: int | None = None
) -> Tensor:
    """Do some work for points, so many at once that J and H of the features have room.

    Args:
        metric: a metric with features.
        work: (n, d) points and vectors to (n, ...), each point for itself.
        z: (*batch, d) points.
        *vectors: (*batch, d) each.
        kept: second derivatives of an output that are kept for a point; all of them by default.

    Returns:
        (*batch, ...), whatever the parts were.
    """
    d = z.shape[-1]
    batch = z.shape[:-1]
    each = d * d if kept is None else kept
    if batch.numel() * each <= _FEW or is_traced(z):
        return work(z, *vectors)
    flat = [x.expand(*batch, d).reshape(-1, d) for x in (z, *vectors)]
    entries = metric.feature_map.width(flat[0][:1]) * (d + each)
    room = MOST_BYTES.get(z.device.type, MOST_BYTES["cuda"])
    size = max(1, room // (entries * z.element_size()))
    if size >= batch.numel():
        return work(z, *vectors)
    rows = torch.arange(batch.numel(), device=z.device).split(size)
    result = torch.cat(halving_on_shortage(lambda i: work(*(x[i] for x in flat)), rows))
    return result.reshape(*batch, *result.shape[1:])
