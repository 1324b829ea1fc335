"""Metrics that decoders pull back from the data space: one, its mean and deviation, or an ensemble."""

from collections.abc import Iterable, Sequence

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


class EnsembleMetric(FeatureMetric):
    r"""The expected metric over an ensemble of decoders, each as likely as the others (`eq-ensemble-metric`).

    $$G_{ij}(z) = \frac1S \sum_{s=1}^{S} J^s_{ai} J^s_{aj}$$

    Syrota, Moreno-Munoz and Hauberg (2024), "Decoder ensembling for learned latent geometries": where
    decoders that were trained apart disagree, steps are long. It is the pullback metric of all decoders side
    by side, over the root of S, exactly, so that all solvers apply, and costs S times what `PullbackMetric`
    does. A distance in it is at least the mean of the distances in one decoder each.

    Args:
        decoders: S callables (*batch, d) -> (*batch, D_s) of the same latent space.
        trainable: differentiate in the weights of all, as in `PullbackMetric`.

    Raises:
        ValueError: for no decoder, and for one that is not callable.

    Example:
        >>> from pullback import EnsembleMetric
        >>> round(EnsembleMetric([lambda z: z, lambda z: 3 * z]).matrix(torch.zeros(1)).item(), 5)
        5.0
    """

    def __init__(self, decoders: Sequence[Map], *, trainable: bool = False) -> None:
        decoders = list(decoders) if isinstance(decoders, Iterable) else decoders
        if not isinstance(decoders, list) or not decoders:
            seen = "none" if isinstance(decoders, list) else type(decoders).__name__
            raise ValueError(f"decoders: got {seen}, expected a sequence of callables")
        branches = [Branch(f, name=f"decoders[{i}]", fold=True) for i, f in enumerate(decoders)]
        super().__init__(DifferentiatedMap(*branches, trainable=trainable, scale=len(branches) ** -0.5))
