"""Riemannian metrics on the latent space: Euclidean, pullback, expected, conformal and given by a formula."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from latent_geometry.geometry.branch import Branch
from latent_geometry.geometry.checks import check_finite, check_points, check_tangents
from latent_geometry.geometry.jacobian import Immersion
from latent_geometry.geometry.linear_algebra import cholesky

Map = Callable[[Tensor], Tensor]


class Metric(ABC):
    """An inner product at each latent point z.

    A metric with features is the pullback of the Euclidean metric of R^m by the map `features`: lengths,
    geodesics and curvatures then come from values and few derivatives of that map. `features` and
    `features_and_jacobian` are the inner loop of solvers: they check shapes but not that points are finite,
    so that one diverging curve of a batch does not stop the others.
    """

    has_features: bool = False

    @abstractmethod
    def matrix(self, z: Tensor) -> Tensor:
        """Evaluate G(z).

        Args:
            z: (*batch, d) points.

        Returns:
            (*batch, d, d) symmetric matrices.

        Raises:
            ValueError: for points that are no finite (*batch, d) tensor, and where G is not finite.
        """

    @property
    def immersion(self) -> Immersion:
        """The isometric immersion into R^m of a metric with features."""
        raise ValueError(f"metric: got {type(self).__name__}, which has no features, expected one that has")

    def features(self, z: Tensor) -> Tensor:
        """Map points (*batch, d) isometrically into a Euclidean space: (*batch, m)."""
        return self.immersion.value(check_points("z", z, finite=False))

    def features_and_jacobian(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Map points (*batch, d) to features (*batch, m) and their Jacobians (*batch, m, d)."""
        return self.immersion.value_and_jacobian(check_points("z", z, finite=False))

    def inner_product(self, z: Tensor, u: Tensor, v: Tensor) -> Tensor:
        r"""Evaluate <u, v>_z = u^i G_ij v^j (`eq-pullback-metric`).

        Args:
            z: (*batch, d) points.
            u: (*batch, d) tangent vectors.
            v: (*batch, d) tangent vectors.

        Returns:
            (*batch,) inner products.

        Raises:
            ValueError: for points or vectors of the wrong shape or dtype, or not finite.
        """
        z, u, v = check_tangents(check_points("z", z), u=u, v=v)
        return torch.einsum("...i,...ij,...j->...", u, self.matrix(z), v)

    def norm(self, z: Tensor, v: Tensor) -> Tensor:
        """Evaluate |v|_z, the square root of <v, v>_z.

        Args:
            z: (*batch, d) points.
            v: (*batch, d) tangent vectors.

        Returns:
            (*batch,) norms, 0 or more.

        Raises:
            ValueError: for points or vectors of the wrong shape or dtype, or not finite.
        """
        z, v = check_tangents(check_points("z", z), v=v)
        if self.has_features:
            return torch.linalg.vector_norm(self.immersion.pushforward(z, v)[1], dim=-1)
        return self.inner_product(z, v, v).clamp(min=0).sqrt()

    def log_volume(self, z: Tensor) -> Tensor:
        r"""Evaluate log sqrt det G, the logarithm of the volume or magnification factor (`eq-volume`).

        Args:
            z: (*batch, d) points.

        Returns:
            (*batch,) logarithms.

        Raises:
            ValueError: where the metric is singular.
        """
        return cholesky(self.matrix(z)).diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def cometric(self, z: Tensor) -> Tensor:
        r"""Evaluate the inverse G^{ij} of the metric.

        Args:
            z: (*batch, d) points.

        Returns:
            (*batch, d, d) symmetric matrices.

        Raises:
            ValueError: where the metric is singular.
        """
        return torch.cholesky_inverse(cholesky(self.matrix(z)))


class _FeatureMetric(Metric):
    """A metric that is the pullback of the Euclidean one by an immersion."""

    has_features = True

    def __init__(self, immersion: Immersion) -> None:
        self._immersion = immersion

    @property
    def immersion(self) -> Immersion:
        """The isometric immersion into R^m."""
        return self._immersion

    def matrix(self, z: Tensor) -> Tensor:
        r"""Evaluate G_ij = <J_i, J_j> at points (*batch, d): (*batch, d, d)."""
        return _check_matrix(self.immersion.gram(check_points("z", z)))


class EuclideanMetric(_FeatureMetric):
    """The constant metric G = I of a flat latent space."""

    def __init__(self) -> None:
        super().__init__(Immersion(Branch(torch.nn.Identity())))


class PullbackMetric(_FeatureMetric):
    r"""The metric that a decoder pulls back from the data space (`eq-pullback-metric`).

    $$G_{ij}(z) = J_{ai} J_{aj}, \qquad J_{ai} = \partial_i f_a$$

    Shao, Kumar and Fletcher (2017), section 2. Derivatives run forwards in batches that fit the cache.
    Where the immersion is an `nn.Sequential` that ends in an affine layer x = W h + b, the features are R h
    with W = QR: the same inner products from as many numbers as the last hidden layer has. Weights may be
    trained further.

    Args:
        immersion: callable (*batch, d) -> (*batch, D) that maps each point for itself; an `nn.Module` is one.

    Raises:
        ValueError: when `immersion` is not callable.
    """

    def __init__(self, immersion: Map) -> None:
        super().__init__(Immersion(Branch(immersion, fold=True)))


class ExpectedPullbackMetric(_FeatureMetric):
    r"""The expected metric of a Gaussian decoder x = mean(z) + std(z) eps (`eq-expected-metric`).

    $$G = \mathbb{E}[J^\top J] = J_\mu^\top J_\mu + J_\sigma^\top J_\sigma$$

    Arvanitidis, Hansen and Hauberg (2018); it is the pullback metric of z -> (mean(z), std(z)), exactly.

    Args:
        mean: callable (*batch, d) -> (*batch, D).
        std: callable (*batch, d) -> (*batch, D), the standard deviations, not the variances.

    Raises:
        ValueError: when `mean` or `std` is not callable.
    """

    def __init__(self, mean: Map, std: Map) -> None:
        branches = Branch(mean, name="mean", fold=True), Branch(std, name="std", fold=True)
        super().__init__(Immersion(*branches))


class ConformalMetric(Metric):
    r"""A metric scaled by a positive function (`eq-conformal-metric`): G(z) = factor(z) G_base(z).

    Args:
        factor: callable (*batch, d) -> (*batch,), positive.
        base: the metric to scale, Euclidean by default.
    """

    def __init__(self, factor: Map, base: Metric | None = None) -> None:
        if not callable(factor):
            raise ValueError(
                f"factor: got {type(factor).__name__}, expected a callable (*batch, d) -> (*batch,)"
            )
        self.factor = factor
        self.base = base if base is not None else EuclideanMetric()

    def matrix(self, z: Tensor) -> Tensor:
        """Evaluate factor(z) G_base(z) at points (*batch, d): (*batch, d, d)."""
        z = check_points("z", z)
        factor = self.factor(z)
        if not isinstance(factor, Tensor) or factor.shape != z.shape[:-1] or factor.dtype != z.dtype:
            raise ValueError(
                f"factor: got {_seen(factor)}, expected shape {tuple(z.shape[:-1])} of {z.dtype}"
            )
        if not (factor > 0).all():
            raise ValueError(f"factor: got values down to {float(factor.min())}, expected positive ones")
        return _check_matrix(factor[..., None, None] * self.base.matrix(z))


class MetricField(Metric):
    """A metric given by a formula.

    Args:
        matrix_fn: callable (*batch, d) -> (*batch, d, d), symmetric positive definite.
    """

    def __init__(self, matrix_fn: Map) -> None:
        if not callable(matrix_fn):
            raise ValueError(
                f"matrix_fn: got {type(matrix_fn).__name__}, expected a callable z -> (*batch, d, d)"
            )
        self.matrix_fn = matrix_fn

    def matrix(self, z: Tensor) -> Tensor:
        """Evaluate the formula at points (*batch, d): (*batch, d, d)."""
        z = check_points("z", z)
        G = self.matrix_fn(z)
        expected = (*z.shape, z.shape[-1])
        if not isinstance(G, Tensor) or G.shape != expected or G.dtype != z.dtype:
            raise ValueError(f"matrix_fn: got {_seen(G)}, expected shape {expected} of {z.dtype}")
        if not torch.allclose(G, G.mT, rtol=1e-4):
            raise ValueError("matrix_fn: got a matrix that is not symmetric, expected a symmetric one")
        return _check_matrix(G)


def _check_matrix(G: Tensor) -> Tensor:
    return check_finite("metric", G)


def _seen(value: object) -> str:
    return (
        f"shape {tuple(value.shape)} of {value.dtype}" if isinstance(value, Tensor) else type(value).__name__
    )
