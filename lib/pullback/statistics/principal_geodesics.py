"""Principal geodesic analysis: principal components in the tangent space at the Frechet mean."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.geodesics.exponential import log
from pullback.metrics.base import Metric
from pullback.numerics.linear_algebra import cholesky
from pullback.statistics.frechet import frechet_mean, normalise_weights


@dataclass(frozen=True)
class PrincipalGeodesics:
    """Principal geodesics through the Frechet mean.

    A point is approximated by `exp(metric, mean, scores @ directions)`.

    Attributes:
        mean: (d,) Frechet mean.
        directions: (k, d) tangent vectors at the mean, orthonormal in the metric there, largest variance
            first.
        variances: (k,) variances along them.
        total_variance: () the variance in all directions.
        scores: (n, k) coordinates of the points' logarithms.
        converged: () whether mean and logarithms converged.
        n_steps: () steps of the mean.
        residual: () residual of the mean.
        n_unconverged: () logarithms that did not converge.
    """

    mean: Tensor
    directions: Tensor
    variances: Tensor
    total_variance: Tensor
    scores: Tensor
    converged: Tensor
    n_steps: Tensor
    residual: Tensor
    n_unconverged: Tensor


def principal_geodesic_analysis(
    metric: Metric, Z: Tensor, n_components: int | None = None, weights: Tensor | None = None, **options
) -> PrincipalGeodesics:
    r"""Find the geodesics through the mean along which the points vary most (`eq-pga`).

    $$\Sigma = \sum_i w_i \log_\mu(z_i) \log_\mu(z_i)^\top, \qquad
    \Sigma \, G(\mu) \, u_a = \lambda_a u_a, \quad \langle u_a, u_b \rangle_\mu = \delta_{ab}$$

    Fletcher, Lu, Pizer and Joshi (2004), in the tangent approximation; exact where the metric is flat. Costs
    a `frechet_mean` and n logarithms.

    Args:
        metric: any metric.
        Z: (n, d) points.
        n_components: directions kept; all d by default.
        weights: (n,) weights; equal by default.
        **options: passed to `log`, which runs without shooting unless `shooting=True` is among them.

    Returns:
        Mean, directions, variances, scores and status.

    Raises:
        ValueError: for bad points or weights, or n_components outside 1..d.

    Example:
        >>> from pullback import principal_geodesic_analysis
        >>> from pullback.surfaces import CYLINDER
        >>> Z = torch.tensor([[-1, 0], [0, 0], [1, 0]], dtype=torch.float64)
        >>> found = principal_geodesic_analysis(CYLINDER.metric, Z)
        >>> found.variances.round(decimals=2).tolist(), found.directions[0].abs().round(decimals=2).tolist()
        ([0.67, 0.0], [1.0, 0.0])
    """
    if not isinstance(Z, Tensor) or Z.ndim != 2:
        raise ValueError(
            f"Z: got {tuple(Z.shape) if isinstance(Z, Tensor) else type(Z).__name__}, expected (n, d)"
        )
    k = Z.shape[-1] if n_components is None else n_components
    if not 1 <= k <= Z.shape[-1]:
        raise ValueError(f"n_components: got {k}, expected 1 to {Z.shape[-1]}")
    options = {"shooting": False} | options
    mean = frechet_mean(metric, Z, weights, return_result=True, **options)
    logs = log(metric, mean.mean, Z, return_result=True, **options)
    L = cholesky(metric.matrix(mean.mean))
    x = logs.velocity @ L
    covariance = torch.einsum("n,ni,nj->ij", normalise_weights(weights, Z), x, x)
    variances, axes = torch.linalg.eigh(covariance)
    variances, axes = variances.flip(0)[:k], axes.flip(1)[:, :k]
    return PrincipalGeodesics(
        mean=mean.mean,
        directions=torch.linalg.solve_triangular(L.mT, axes, upper=True).mT,
        variances=variances.clamp(min=0),
        total_variance=covariance.trace(),
        scores=x @ axes,
        converged=mean.converged & logs.converged.all(),
        n_steps=mean.n_steps,
        residual=mean.residual,
        n_unconverged=(~logs.converged).sum(),
    )
