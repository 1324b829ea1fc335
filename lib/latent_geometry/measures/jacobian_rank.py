"""How many directions does a decoder have? The rank of its Jacobian, at every tolerance."""

import torch
from torch import Tensor

from latent_geometry.geometry.metric import Metric


def jacobian_rank(metric: Metric, z: Tensor, tolerances: Tensor) -> Tensor:
    r"""Count the singular values of J above each tolerance (`eq-jacobian-rank`).

    $$r_\tau(z) = \#\{ i : \sigma_i(J(z)) > \tau \, \sigma_1(J(z)) \}$$

    A rank without its tolerance says little: singular values fall off gradually, and each threshold cuts them
    somewhere. Shukla et al. (2019) report one number for each decoder and no tolerance.

    Args:
        metric: a metric with features.
        z: (*batch, d) points.
        tolerances: (m,) thresholds tau, relative to the largest singular value.

    Returns:
        (*batch, m) ranks, 0 to d.
    """
    s = torch.linalg.svdvals(metric.features_and_jacobian(z)[1].double())
    relative = s / s[..., :1].clamp_min(torch.finfo(s.dtype).tiny)
    return (relative[..., None, :] > tolerances.to(s)[:, None]).sum(-1)
