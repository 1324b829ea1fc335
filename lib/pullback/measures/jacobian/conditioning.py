"""How far does the decoder stretch a patch of the latent plane, and how unevenly?"""

from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.metrics.base import Metric


@dataclass(frozen=True)
class JacobianConditioning:
    """Magnitude and conditioning of a Jacobian at each point.

    Attributes:
        log_det: (*batch,) natural logarithm of det(J^T J); minus infinity where J loses rank.
        log_kappa: (*batch,) natural logarithm of the condition number of J, 0 or more.

    Example:
        >>> from pullback.measures import jacobian_conditioning
        >>> from pullback.surfaces import SPHERE
        >>> z = torch.tensor([[torch.pi / 6, 0], [torch.pi / 2, 0]], dtype=torch.float64)
        >>> [round(kappa, 6) for kappa in jacobian_conditioning(SPHERE.metric, z).log_kappa.exp().tolist()]
        [2.0, 1.0]
    """

    log_det: Tensor
    log_kappa: Tensor


def jacobian_conditioning(metric: Metric, z: Tensor) -> JacobianConditioning:
    r"""Measure the singular values of J at points (`eq-condition-number`).

    $$\log \det(J^\top J) = 2 \sum_i \log s_i, \qquad \log \kappa(J) = \log s_1 - \log s_d$$

    The singular values are taken of J itself, so that a condition number up to the inverse of the rounding
    error can be told; of a metric without an immersion they are the square roots of its eigenvalues. Ramirez,
    Gallego and Puerta (2020) draw maps of both quantities. Costs d tangents of the map and the singular
    values of a D x d matrix per point.

    Args:
        metric: any metric; an expected metric counts mean and standard deviation together.
        z: (*batch, d) points.

    Returns:
        both logarithms, (*batch,) each.

    Raises:
        ValueError: for points of the wrong shape or dtype.

    Example:
        >>> from pullback import PullbackMetric
        >>> from pullback.measures import jacobian_conditioning
        >>> stretched = PullbackMetric(lambda z: z * torch.tensor([6.0, 2.0]))
        >>> found = jacobian_conditioning(stretched, torch.zeros(2))
        >>> round(found.log_det.exp().item(), 2), round(found.log_kappa.exp().item(), 4)
        (144.0, 3.0)
    """
    if metric.has_features:
        s = torch.linalg.svdvals(metric.features_and_jacobian(z)[1])
    else:
        s = torch.linalg.eigvalsh(metric.matrix(z)).clamp_min(0).sqrt().flip(-1)
    logs = s.log()
    return JacobianConditioning(log_det=2 * logs.sum(-1), log_kappa=logs[..., 0] - logs[..., -1])


def percentiles(field: Tensor, shares: tuple[float, ...] = (0.0, 0.05, 0.5, 0.95, 1.0)) -> list[float]:
    """Summarise the values of a field: smallest, 5 %, median, 95 % and largest, unless told otherwise.

    Args:
        field: values of any shape.
        shares: shares of the values that lie below what is returned, in [0, 1].

    Returns:
        one number per share.

    Example:
        >>> from pullback.measures import percentiles
        >>> percentiles(torch.arange(101.0))
        [0.0, 5.0, 50.0, 95.0, 100.0]
    """
    values = field.flatten()
    return values.quantile(torch.tensor(shares, dtype=values.dtype, device=values.device)).tolist()


def jacobian_rank(metric: Metric, z: Tensor, tolerances: Tensor) -> Tensor:
    r"""Count the singular values of J above each tolerance (`eq-jacobian-rank`).

    $$r_\tau(z) = \#\{ i : \sigma_i(J(z)) > \tau \, \sigma_1(J(z)) \}$$

    A rank without its tolerance says little: singular values fall off gradually, and each threshold cuts them
    somewhere. Shukla et al. (2019) report one number for each decoder and no tolerance. Costs what
    `jacobian_conditioning` does, for all tolerances together.

    Args:
        metric: a metric with features.
        z: (*batch, d) points.
        tolerances: (m,) thresholds tau, relative to the largest singular value.

    Returns:
        (*batch, m) ranks, 0 to d.

    Raises:
        ValueError: for a metric without features.

    Example:
        >>> from pullback import PullbackMetric
        >>> from pullback.measures import jacobian_rank
        >>> flat = PullbackMetric(lambda z: z * torch.tensor([1.0, 0.001]))
        >>> jacobian_rank(flat, torch.zeros(2), torch.tensor([1e-2, 1e-4])).tolist()
        [1, 2]
    """
    s = torch.linalg.svdvals(metric.features_and_jacobian(z)[1].double())
    relative = s / s[..., :1].clamp_min(torch.finfo(s.dtype).tiny)
    return (relative[..., None, :] > tolerances.to(s)[:, None]).sum(-1)
