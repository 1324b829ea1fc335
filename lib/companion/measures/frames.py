"""Read a curve at equal steps of distance walked, so that its film changes at a steady pace."""

import torch
from pullback.curves.discrete_curve import segment_lengths
from pullback.metrics.base import Metric
from torch import Tensor


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


def path_autocorrelation(frames: Tensor, *, lag: int = 1) -> Tensor:
    r"""Correlate the images along a path with those a few frames later (`eq-path-autocorrelation`).

    $$r_\tau = \frac{1}{T - \tau} \sum_{t=1}^{T - \tau} \operatorname{corr}(x_t, x_{t+\tau})$$

    Each correlation is Pearson's, over the pixels. Arvanitidis, Hansen and Hauberg (2018), p. 6, show the
    auto-correlation of images along paths as evidence of smoothness and do not define it.

    Args:
        frames: (*batch, T, D) images along paths.
        lag: tau, 1 to T - 1.

    Returns:
        (*batch, T - lag) correlations, in order; their mean is r.

    Raises:
        ValueError: for a lag outside 1 to T - 1.
    """
    if not 1 <= lag < frames.shape[-2]:
        raise ValueError(f"lag: got {lag}, expected 1 to {frames.shape[-2] - 1}")
    centred = frames - frames.mean(-1, keepdim=True)
    unit = centred / centred.norm(dim=-1, keepdim=True).clamp_min(torch.finfo(frames.dtype).tiny)
    return (unit[..., :-lag, :] * unit[..., lag:, :]).sum(-1)
