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
    trained further.

    Args:
        immersion: callable (*batch, d) -> (*batch, D) that maps each point for itself; an `nn.Module` is one.

    Raises:
        ValueError: when `immersion` is not callable.
    """

    def __init__(self, immersion: Map) -> None:
        super().__init__(DifferentiatedMap(Branch(immersion, fold=True)))


class ExpectedPullbackMetric(FeatureMetric):
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
        super().__init__(DifferentiatedMap(*branches))
