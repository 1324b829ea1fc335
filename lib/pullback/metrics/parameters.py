"""Which tensors a metric can be trained in."""

import torch
from torch import Tensor

from pullback.metrics.base import Metric
from pullback.numerics.attached import leaves_of


def parameters_of(metric: Metric, z: Tensor) -> list[Tensor]:
    """List the tensors that require gradients and that the metric at a point depends on.

    They are read off the graph of one evaluation, so that a weight is found wherever a function keeps it.

    Args:
        metric: any metric; one with features must be `trainable`.
        z: (*batch, d) points, of which the first is tried.

    Returns:
        The tensors; none where gradients are switched off.
    """
    if not torch.is_grad_enabled() or not z.numel():
        return []
    z = z.detach().reshape(-1, z.shape[-1])[:1]
    return leaves_of(metric.features(z) if metric.has_features else metric.matrix(z))
