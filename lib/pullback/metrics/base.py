"""What a Riemannian metric on the latent space is, those that a map pulls back, and the flat one."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from pullback.checks import check_finite, check_points, check_tangents
from pullback.maps.branch import Branch
from pullback.maps.differentiated_map import DifferentiatedMap
from pullback.numerics.linear_algebra import cholesky

Map = Callable[[Tensor], Tensor]


class Metric(ABC):
    """An inner product at each latent point z.

    A metric with features is the pullback of the Euclidean metric of R^m by the map `features`: lengths,
    geodesics and curvatures then come from values and few derivatives of that map. `features` and
    `features_and_jacobian` are the inner loop of solvers: they check shapes but not that points are finite,
    so that one diverging curve of a batch does not stop the others. `matrix`, `inner_product`, `log_volume`
    and `cometric` cost d tangents of that map per point, `norm` one.

    Example:
        >>> from pullback.surfaces import SPHERE
        >>> metric, z, v = SPHERE.metric, torch.tensor([torch.pi / 6, 0.0]), torch.tensor([0.0, 1.0])
        >>> round(metric.norm(z, v).item(), 4), round(metric.inner_product(z, v, 2 * v).item(), 4)
        (0.5, 0.5)
        >>> round(metric.log_volume(z).exp().item(), 4), round(metric.cometric(z)[1, 1].item(), 4)
        (0.5, 4.0)
    """

    has_features: bool = False
    compared_order: int = 0
    """Up to which order its derivatives were compared with difference quotients."""

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
    def feature_map(self) -> DifferentiatedMap:
        """The map z -> features whose Jacobian J gives the metric, G = J^T J, with its derivatives.

        Its value need not be the decoder's: where the last layer was replaced by its QR factor it is another
        isometric image of the same manifold.

        Raises:
            ValueError: for a metric that has no features.
        """
        raise ValueError(f"metric: got {type(self).__name__}, which has no features, expected one that has")

    def features(self, z: Tensor) -> Tensor:
        """Map points (*batch, d) isometrically into a Euclidean space: (*batch, m)."""
        return self.feature_map.value(check_points("z", z, finite=False))

    def features_and_jacobian(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Map points (*batch, d) to features (*batch, m) and their Jacobians (*batch, m, d)."""
        return self.feature_map.value_and_jacobian(check_points("z", z, finite=False))

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
            return torch.linalg.vector_norm(self.feature_map.pushforward(z, v)[1], dim=-1)
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
        L = cholesky(self.matrix(z))
        identity = torch.eye(L.shape[-1], dtype=L.dtype, device=L.device).expand(L.shape)
        return torch.cholesky_solve(
            identity, L
        )  # the forward derivative of cholesky_inverse is wrong in torch


class FeatureMetric(Metric):
    """A metric that is the pullback of the Euclidean one by a map."""

    has_features = True

    def __init__(self, feature_map: DifferentiatedMap) -> None:
        self._feature_map = feature_map

    @property
    def feature_map(self) -> DifferentiatedMap:
        """The map z -> features (*batch, m), G = J^T J, with its derivatives."""
        return self._feature_map

    def matrix(self, z: Tensor) -> Tensor:
        r"""Evaluate G_ij = <J_i, J_j> at points (*batch, d): (*batch, d, d)."""
        return check_matrix(self.feature_map.gram(check_points("z", z)))


class EuclideanMetric(FeatureMetric):
    """The constant metric G = I of a flat latent space.

    Example:
        >>> from pullback import EuclideanMetric
        >>> EuclideanMetric().norm(torch.zeros(2), torch.tensor([3.0, 4.0])).item()
        5.0
    """

    def __init__(self) -> None:
        super().__init__(DifferentiatedMap(Branch(torch.nn.Identity())))


def check_matrix(G: Tensor) -> Tensor:
    """Return matrices G if all are finite."""
    return check_finite("metric", G)


def seen(value: object) -> str:
    """Describe in a few words what a user's function has returned."""
    return (
        f"shape {tuple(value.shape)} of {value.dtype}" if isinstance(value, Tensor) else type(value).__name__
    )
