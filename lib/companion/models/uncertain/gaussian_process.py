"""Exact Gaussian process regression from codes to data, with the distribution of its Jacobian."""

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor


class GaussianProcess:
    r"""Independent outputs with one kernel, Gaussian, or Gaussian plus linear.

    $$k(z, z') = s^2 e^{-\lVert z - z' \rVert^2 / 2 \ell^2} + v\, z \cdot z'$$

    The hyper-parameters s, ell and the noise maximise the marginal likelihood of all outputs together. With
    codes that are given, this is the GP-LVM of Hauberg (2018).

    Args:
        z: (n, d) codes.
        x: (n, D) data; their mean is taken off and put back.
        linear: v, the variance of the linear kernel; 0 for the Gaussian kernel alone.

    Attributes:
        scale: s.
        length: ell.
        noise: standard deviation of the noise.
    """

    def __init__(self, z: Tensor, x: Tensor, *, linear: float = 0.0):
        self.z, self.linear, self.offset = z, linear, x.mean(0)
        y = x - self.offset
        gram = y @ y.T
        start = np.log([float(y.std()), float(torch.pdist(z).median()), 0.3 * float(y.std())])

        def cost(logs: np.ndarray) -> float:
            L = self._cholesky(*np.exp(logs))
            fit = torch.cholesky_solve(gram, L).diagonal().sum() / 2
            return float(fit + y.shape[1] * L.diagonal().log().sum())

        bounds = [(s - 4, s + 4) for s in start]
        found = minimize(cost, start, method="Nelder-Mead", bounds=bounds, options={"maxiter": 120})
        self.scale, self.length, self.noise = map(float, np.exp(found.x))
        self._factor = self._cholesky(self.scale, self.length, self.noise)
        self._weights = torch.cholesky_solve(y, self._factor)

    @property
    def ambient_dim(self) -> int:
        """D."""
        return len(self.offset)

    def mean(self, z: Tensor) -> Tensor:
        """Predict the data (*batch, D) at codes (*batch, d)."""
        return self.offset + self._kernel(z, self.scale, self.length) @ self._weights

    def variance(self, z: Tensor) -> Tensor:
        """Variance (*batch,) of one noiseless output at codes (*batch, d)."""
        k = self._kernel(z, self.scale, self.length)
        known = (k * torch.cholesky_solve(k.reshape(-1, len(self.z)).T, self._factor).T.reshape(k.shape)).sum(
            -1
        )
        return self.scale**2 + self.linear * z.square().sum(-1) - known

    def mean_jacobian(self, z: Tensor) -> Tensor:
        """Mean of the Jacobian at codes (n, d): (n, D, d)."""
        return torch.einsum("nmi,ma->nai", self._slopes(z), self._weights)

    def jacobian_covariance(self, z: Tensor) -> Tensor:
        r"""Covariance (n, d, d) of each row of the Jacobian at codes (n, d), the same for all outputs.

        $$\Sigma_J = (s^2 / \ell^2 + v) I - \partial k^\top (K + \sigma^2 I)^{-1} \partial k$$
        """
        slopes = self._slopes(z)
        n, m, d = slopes.shape
        solved = torch.cholesky_solve(slopes.transpose(0, 1).reshape(m, n * d), self._factor)
        known = torch.einsum("nmi,mnj->nij", slopes, solved.reshape(m, n, d))
        prior = (self.scale / self.length) ** 2 + self.linear
        return prior * torch.eye(d, dtype=z.dtype) - (known + known.mT) / 2

    def expected_gram(self, z: Tensor) -> Tensor:
        r"""Expected $J^\top J$ at codes (*batch, d): (*batch, d, d) (`eq-gp-metric`).

        $$\mathbb{E}[J^\top J] = \mathbb{E}[J]^\top \mathbb{E}[J] + D\, \Sigma_J$$

        Tosi, Hauberg, Vellido and Lawrence (2014).
        """
        covariance = self.jacobian_covariance(z.reshape(-1, z.shape[-1]))
        return self.mean_gram(z) + self.ambient_dim * covariance.reshape(*z.shape, z.shape[-1])

    def mean_gram(self, z: Tensor) -> Tensor:
        """Gram matrix (*batch, d, d) of the mean's Jacobian at codes (*batch, d): no uncertainty in it."""
        slopes = self._slopes(z.reshape(-1, z.shape[-1]))
        G = slopes.mT @ (self._weights @ self._weights.T) @ slopes
        return ((G + G.mT) / 2).reshape(*z.shape, z.shape[-1])

    def _kernel(self, z: Tensor, scale: float, length: float) -> Tensor:
        squares = (z[..., None, :] - self.z).square().sum(-1)
        return scale**2 * torch.exp(-squares / (2 * length**2)) + self.linear * z @ self.z.T

    def _slopes(self, z: Tensor) -> Tensor:
        """Derivatives (n, m, d) of the kernel of codes (n, d) and the m training codes."""
        gaps = self.z - z[:, None]
        squares = gaps.square().sum(-1, keepdim=True)
        kernel = self.scale**2 * torch.exp(-squares / (2 * self.length**2))
        return kernel * gaps / self.length**2 + self.linear * self.z

    def _cholesky(self, scale: float, length: float, noise: float) -> Tensor:
        K = self._kernel(self.z, scale, length)
        jitter = noise**2 + 1e-8 * scale**2
        return torch.linalg.cholesky(K + jitter * torch.eye(len(K), dtype=K.dtype))
