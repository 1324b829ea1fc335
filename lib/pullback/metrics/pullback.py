"""Metrics that a decoder pulls back from the data space: of its mean alone, or of mean and deviation."""

from pullback.maps.branch import Branch
from pullback.maps.differentiated_map import DifferentiatedMap
from pullback.metrics.base import FeatureMetric, Map


class PullbackMetric(FeatureMetric):
    r"""The metric that a decoder pulls back from the data space (`eq-pullback-metric`).

    $$G_{ij}(z) = J_{ai} J_{aj}, \qquad J_{ai} = \partial_i f_a$$

    Shao, Kumar and Fletcher (2017), section 2. Derivatives run forwards in batches that fit the cache.
    Where the immersion is an `nn.Sequential` that ends in an affine layer x = W h + b, the features are R h
    with W = QR: the same inner products from as many numbers as the last hidden layer has. Weights may be
    trained further. The matrix costs d tangents of the immersion per point, whatever D is.

    Whatever is measured with the metric is differentiable in the points. With `trainable` it is in the
    weights too, so that lengths, volumes and curvatures can stand in a loss; the graph that this needs is
    only built where gradients are switched on.

    Args:
        immersion: callable (*batch, d) -> (*batch, D) that maps each point for itself; an `nn.Module` is one.
        trainable: differentiate in the immersion's weights and other tensors that require gradients.

    Raises:
        ValueError: when `immersion` is not callable.

    Example:
        >>> from pullback import PullbackMetric
        >>> metric = PullbackMetric(lambda z: torch.cat([z, z.square().sum(-1, keepdim=True) / 2], dim=-1))
        >>> metric.matrix(torch.tensor([1.0, 0.0]))
        tensor([[2., 0.],
                [0., 1.]])
    """

    def __init__(self, immersion: Map, *, trainable: bool = False) -> None:
        super().__init__(DifferentiatedMap(Branch(immersion, fold=True), trainable=trainable))


class ExpectedPullbackMetric(FeatureMetric):
    r"""The expected metric of a Gaussian decoder x = mean(z) + std(z) eps (`eq-expected-metric`).

    $$G = \mathbb{E}[J^\top J] = J_\mu^\top J_\mu + J_\sigma^\top J_\sigma$$

    Arvanitidis, Hansen and Hauberg (2018); it is the pullback metric of z -> (mean(z), std(z)), exactly, and
    costs d tangents of both maps per point.

    Args:
        mean: callable (*batch, d) -> (*batch, D).
        std: callable (*batch, d) -> (*batch, D), the standard deviations, not the variances.
        trainable: differentiate in the weights of both, as in `PullbackMetric`.

    Raises:
        ValueError: when `mean` or `std` is not callable.

    Example:
        >>> from pullback import ExpectedPullbackMetric
        >>> metric = ExpectedPullbackMetric(mean=lambda z: 3 * z, std=torch.exp)
        >>> metric.matrix(torch.zeros(2))
        tensor([[10.,  0.],
                [ 0., 10.]])
    """

    def __init__(self, mean: Map, std: Map, *, trainable: bool = False) -> None:
        branches = Branch(mean, name="mean", fold=True), Branch(std, name="std", fold=True)
        super().__init__(DifferentiatedMap(*branches, trainable=trainable))
