"""How smoothly do images change along a path?"""

import torch
from torch import Tensor


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
