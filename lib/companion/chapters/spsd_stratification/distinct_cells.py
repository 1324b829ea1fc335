"""How many different things do the places of a latent tensor say?"""

import torch
from torch import Tensor


def distinct_cells(T: Tensor, *, resolution: float = 1e-6) -> Tensor:
    """Count the places of each latent tensor whose vectors of channels differ.

    k different vectors have a channel covariance of rank k - 1 at most, whatever their length: a bound that
    needs no threshold. Places that see the same piece of an image, black background say, do not differ.

    Args:
        T: (N, h, w, c).
        resolution: entries that round to the same multiple of it, in units of the largest entry of the
            sample, count as equal.

    Returns:
        (N,) counts from 1 to h w, int64.

    Raises:
        ValueError: for tensors of another shape, or a resolution that is not positive.
    """
    if T.ndim != 4:
        raise ValueError(f"T: got shape {tuple(T.shape)}, expected (N, h, w, c)")
    if not 0 < resolution < 1:
        raise ValueError(f"resolution: got {resolution!r}, expected a number between 0 and 1")
    unit = resolution * T.abs().amax().clamp_min(torch.finfo(T.dtype).tiny)
    rounded = (T.flatten(1, 2) / unit).round()
    return torch.tensor([len(torch.unique(cells, dim=0)) for cells in rounded], device=T.device)
