"""The derivative of a Frechet mean, by the theorem of implicit functions."""

import warnings
from collections.abc import Sequence

import torch
from torch import Tensor

from pullback.geodesics.exponential import log
from pullback.metrics.base import Metric
from pullback.metrics.parameters import parameters_of
from pullback.numerics.attached import attach


def attach_mean(
    metric: Metric, Z: Tensor, weights: Tensor, found: Sequence[Tensor], options: dict
) -> tuple[Tensor, Tensor]:
    r"""Return means and variances as functions of points, weights and the metric's parameters.

    $$F(\mu) = \sum_i w_i \log_\mu z_i = 0, \qquad
    d\mu = -(\partial_\mu F)^{-1} (\partial_Z F \, dZ + \partial_w F \, dw + \partial_\theta F \, d\theta)$$

    The logarithms have derivatives of their own, so the way back costs n of them and d passes; nothing of the
    iteration is kept. The variance would be stationary in the mean, but for the error of discrete logarithms.

    Args:
        metric: any metric.
        Z: (rows, n, d) points.
        weights: (rows, n), of sum 1.
        found: means (rows, d), variances (rows,) and whether they converged, without a graph.
        options: of the logarithms.
    """
    mean, variance, converged = found[:3]
    parameters = parameters_of(metric, mean)

    def pull(cotangents: Sequence[Tensor | None]) -> list[Tensor]:
        of_mean, of_variance = (
            torch.zeros_like(x) if g is None else g for g, x in zip(cotangents, (mean, variance))
        )
        asked = (of_mean != 0).any(-1) | (of_variance != 0)
        with torch.enable_grad():
            mu, points, w = (x.detach().requires_grad_() for x in (mean, Z, weights))
            logs = log(metric, mu[:, None], points, return_result=True, **options)
            F = (w[..., None] * logs.velocity).sum(1)
            spread = (w * logs.length.square()).sum(1)
            rows = [torch.autograd.grad(F[:, k].sum(), mu, retain_graph=True)[0] for k in range(mu.shape[-1])]
            (of_spread,) = torch.autograd.grad((of_variance * spread).sum(), mu, retain_graph=True)
            into, singular = torch.linalg.solve_ex(torch.stack(rows, dim=1).mT, -of_mean - of_spread)
            lost = asked & (~converged | (singular != 0))
            if lost.any():
                warnings.warn(
                    f"frechet_mean: {int(lost.sum())} of {lost.numel()} means have no gradient, for they did "
                    f"not converge; the first is {mean[lost][0].tolist()}: it gets NaN",
                    UserWarning,
                    stacklevel=2,
                )
            into = torch.where(lost[:, None], torch.nan, torch.where(asked[:, None], into, 0))
            value = (into * F).sum() + (of_variance * spread).sum()
            inputs = [points, w, *parameters]
            return list(torch.autograd.grad(value, inputs, retain_graph=True, materialize_grads=True))

    return attach((mean, variance), pull, (Z, weights, *parameters))
