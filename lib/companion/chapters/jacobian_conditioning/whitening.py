"""Bring the codes of every model to one unit, so that what depends on the latent unit can be compared."""

from dataclasses import dataclass

import torch
from pullback.numerics.linear_algebra import cholesky
from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class Whitening:
    r"""The affine map w -> z = m + L w that gives codes z zero mean and unit covariance in w.

    Attributes:
        mean: (d,) m, the mean of the codes.
        factor: (d, d) L, lower triangular with $L L^\top$ the covariance of the codes.
    """

    mean: Tensor
    factor: Tensor

    @classmethod
    def of(cls, codes: Tensor) -> "Whitening":
        r"""Fit the whitening of the aggregate posterior to codes (`eq-whitening`).

        $$z = m + L w, \quad L L^\top = \operatorname{Cov}(z), \qquad
        G_w = L^\top G_z L, \quad \log\det G_w = \log\det G_z + \log\det \operatorname{Cov}(z)$$

        The magnitude of the Jacobian moves by one number, the same everywhere. Its condition number changes
        from place to place unless the covariance is a multiple of the identity. Any other square root
        of the covariance differs from L by a rotation of w, which neither quantity sees.

        Args:
            codes: (n, d), n above d.

        Raises:
            ValueError: for too few codes, or codes that do not fill the latent space.
        """
        if codes.ndim != 2 or len(codes) <= codes.shape[-1]:
            raise ValueError(f"codes: got shape {tuple(codes.shape)}, expected (n, d) with n above d")
        centred = codes - codes.mean(dim=0)
        return cls(codes.mean(dim=0), cholesky(centred.mT @ centred / (len(codes) - 1)))

    @property
    def log_det(self) -> float:
        """By how much log det(J^T J) is larger in the whitened coordinates."""
        return 2 * self.factor.diagonal().log().sum().item()

    def whiten(self, z: Tensor) -> Tensor:
        """Map codes z (*batch, d) to whitened ones w."""
        return torch.linalg.solve_triangular(self.factor.mT, z - self.mean, upper=True, left=False)

    def unwhiten(self, w: Tensor) -> Tensor:
        """Map whitened codes w (*batch, d) back to z."""
        return w @ self.factor.mT + self.mean

    def decoder(self, decoder: nn.Module) -> nn.Sequential:
        """Make the same decoder, its layers shared, a function of whitened codes: w -> f(m + L w)."""
        layer = nn.Linear(*self.factor.shape, dtype=self.factor.dtype, device=self.factor.device)
        with torch.no_grad():
            layer.weight.copy_(self.factor)
            layer.bias.copy_(self.mean)
        layers = decoder if type(decoder) is nn.Sequential else [decoder]
        return nn.Sequential(layer.requires_grad_(False), *layers)
