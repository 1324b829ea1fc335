"""Read a curve at equal steps of distance walked, so that its film changes at a steady pace."""

import torch
from torch import Tensor

from latent_geometry.geometry.curves import segment_lengths
from latent_geometry.geometry.metric import Metric


def at_equal_distances(metric: Metric, curve: Tensor, n_frames: int) -> Tensor:
    """Choose points of one curve, both ends among them, that cut its length into equal parts.

    Args:
        metric: any metric.
        curve: (n + 1, d) nodes; between them the curve is taken as straight in Z.
        n_frames: number of points, at least 2.

    Returns:
        (n_frames, d).

    Raises:
        ValueError: for fewer than two frames, or more than one curve.
    """
    if n_frames < 2:
        raise ValueError(f"n_frames: got {n_frames}, expected 2 or more")
    if curve.ndim != 2:
        raise ValueError(f"curve: got shape {tuple(curve.shape)}, expected one curve (n + 1, d)")
    lengths = segment_lengths(metric, curve).reshape(len(curve) - 1, -1).sum(-1)
    walked = torch.cat([lengths.new_zeros(1), lengths.cumsum(0)])
    marks = torch.linspace(0, 1, n_frames, dtype=curve.dtype, device=curve.device) * walked[-1]
    segment = torch.searchsorted(walked, marks, right=True).clamp(1, len(curve) - 1) - 1
    covered = lengths[segment].clamp_min(torch.finfo(curve.dtype).tiny)
    fraction = ((marks - walked[segment]) / covered).clamp(0, 1)
    return curve[segment] + fraction[:, None] * (curve[segment + 1] - curve[segment])
