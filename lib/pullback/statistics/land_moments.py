"""Moments of data and model in a tangent space, and the step of LAND that brings them together."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Component:
    """One normal distribution of a mixture.

    Attributes:
        mean: (d,) mean.
        covariance: (d, d) covariance of tangent vectors in the orthonormal frame L^{-T} at the mean, G = L
            L^T.
        weight: () share of the mixture.
    """

    mean: Tensor
    covariance: Tensor
    weight: Tensor


@dataclass(frozen=True)
class Moments:
    """Data and model seen from the mean of a component, in its orthonormal frame.

    Attributes:
        data: (n, d) logarithms of the points.
        model: (s, d) tangent vectors drawn from the normal distribution.
        odds: (s,) their weights by volume, of sum 1.
        factor: (d, d) Cholesky factor of the covariance.
        log_normaliser: () log C.
        log_density: (n,) logarithms of the component's density at the points.
        n_unconverged: logarithms and samples whose geodesics did not converge.
    """

    data: Tensor
    model: Tensor
    odds: Tensor
    factor: Tensor
    log_normaliser: Tensor
    log_density: Tensor
    n_unconverged: int

    def residual(self, duties: Tensor) -> float:
        """Largest difference of the first two moments of data and model, in units of the covariance."""
        first, data, model = self.differences(duties)
        white = torch.linalg.solve_triangular(self.factor, first[:, None], upper=False)
        change = torch.linalg.solve_triangular(self.factor, data - model, upper=False)
        change = torch.linalg.solve_triangular(self.factor, change.mT, upper=False)
        return max(float(white.norm()), float(change.norm()))

    def differences(self, duties: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Difference of the means of data and model, and the central second moments of both."""
        share = duties / duties.sum()
        data_mean, model_mean = share @ self.data, self.odds @ self.model
        return (
            data_mean - model_mean,
            second_moment(self.data - data_mean, share),
            second_moment(self.model - model_mean, self.odds),
        )


def second_moment(x: Tensor, weights: Tensor | None = None) -> Tensor:
    """Evaluate the weighted mean of x x^T over vectors (n, d): (d, d)."""
    return x.mT @ x / len(x) if weights is None else (weights[:, None] * x).mT @ x


def check_spread(S: Tensor) -> Tensor:
    """Return a covariance (d, d) if it is regular; a ValueError says that the points lie in a subspace."""
    values = torch.linalg.eigvalsh(S)
    if not values[0] > 10 * torch.finfo(S.dtype).eps * values[-1]:
        raise ValueError(
            f"Z: got a component whose points lie in a subspace (variances {float(values[0]):.1e} to "
            f"{float(values[-1]):.1e}), expected points that spread in all directions or fewer components"
        )
    return S


def improve(
    component: Component, moments: Moments, duties: Tensor, step: float
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Bring the model's moments nearer to the data's (`eq-land`).

    The covariance becomes $T^s \Sigma T^s$, where T is the symmetric map that takes the model's second
    moment M to the data's S, T M T = S; the mean moves by s times the difference of the means.

    Args:
        component: the parameters.
        moments: data and model seen from its mean.
        duties: (n,) the points' responsibilities.
        step: s in (0, 1].

    Returns:
        Move of the mean in the frame (d,), covariance (d, d) and weight ().

    Raises:
        ValueError: where the data lie in a subspace.
    """
    first, S, M = moments.differences(duties)
    check_spread(S)
    root = symmetric_power(M, 0.5)
    inverse = symmetric_power(M, -0.5)
    T = inverse @ symmetric_power(root @ S @ root, 0.5) @ inverse
    T = symmetric_power(T, step)
    covariance = T @ component.covariance @ T
    return step * first, (covariance + covariance.mT) / 2, duties.mean()


def symmetric_power(S: Tensor, exponent: float) -> Tensor:
    """Raise a symmetric positive definite matrix (d, d) to a power."""
    values, vectors = torch.linalg.eigh((S + S.mT) / 2)
    return (vectors * values.clamp(min=torch.finfo(S.dtype).tiny) ** exponent) @ vectors.mT
