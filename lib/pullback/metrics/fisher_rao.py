"""Fisher-Rao metrics: lengths in a decoder's likelihood, not in its mean."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pullback.checks import check_points
from pullback.maps.branch import Branch
from pullback.maps.differentiated_map import DifferentiatedMap
from pullback.metrics.base import FeatureMetric, Map, Metric, check_matrix


@dataclass(frozen=True)
class Likelihood:
    r"""A family of distributions whose Fisher-Rao metric is the pullback of a flat one.

    Each family below has a map psi of its parameter with |d psi|^2 = I(theta) d theta^2, the Fisher
    information (Kass and Vos 1997, section 7.2; the square root's variance-stabilising map).

    Attributes:
        name: of the family.
        features: the map psi, elementwise or of the last axis, (*batch, D) -> (*batch, D).
        domain: what parameters it takes, in words.
        holds: parameters (*batch, D) -> whether each is in the domain.

    Example:
        >>> from pullback.metrics.fisher_rao import bernoulli
        >>> round(bernoulli().features(torch.tensor([0.5])).item(), 4)
        1.5708
    """

    name: str
    features: Map
    domain: str
    holds: Callable[[Tensor], Tensor]


def bernoulli(*, logits: bool = False) -> Likelihood:
    r"""Return the family of D independent Bernoulli variables of probabilities p: psi = 2 arcsin sqrt p.

    Args:
        logits: the decoder gives log p / (1 - p), which tells probabilities apart that round to 1.

    Example:
        >>> from pullback.metrics.fisher_rao import bernoulli
        >>> bernoulli().name
        'bernoulli'
    """
    if logits:
        return Likelihood("bernoulli", lambda x: 2 * (x / 2).exp().atan(), "finite logits", torch.isfinite)
    return Likelihood(
        "bernoulli",
        # arcsin sqrt p loses half the digits beside 1; the angle of two legs loses none.
        lambda p: 2 * torch.atan2(p.sqrt(), (1 - p).sqrt()),
        "probabilities strictly between 0 and 1",
        lambda p: (p > 0) & (p < 1),
    )


def poisson() -> Likelihood:
    r"""Return the family of D independent Poisson variables of rates lambda: psi = 2 sqrt lambda.

    Example:
        >>> from pullback.metrics.fisher_rao import poisson
        >>> poisson().features(torch.tensor([9.0])).item()
        6.0
    """
    return Likelihood("poisson", lambda rate: 2 * rate.sqrt(), "positive rates", lambda rate: rate > 0)


def categorical() -> Likelihood:
    r"""Return the family of one draw out of D classes of probabilities p: psi = 2 sqrt p, on a sphere.

    The D probabilities sum to 1, and their images lie on an octant of the sphere of radius 2.

    Example:
        >>> from pullback.metrics.fisher_rao import categorical
        >>> round(categorical().features(torch.tensor([0.2, 0.8])).norm().item(), 4)
        2.0
    """

    def holds(p: Tensor) -> Tensor:
        near = (p.sum(-1, keepdim=True) - 1).abs() <= 64 * torch.finfo(p.dtype).eps * p.shape[-1]
        return (p > 0) & near

    return Likelihood("categorical", lambda p: 2 * p.sqrt(), "positive probabilities of sum 1", holds)


def negative_binomial(dispersion: float) -> Likelihood:
    r"""Return the family of D independent negative binomial variables of means mu and fixed dispersion r.

    $$\mathrm{Var} = \mu + \mu^2 / r, \qquad I(\mu) = \frac{1}{\mu + \mu^2 / r}, \qquad
    \psi = \int_0^\mu \frac{d m}{\sqrt{m + m^2 / r}} = 2 \sqrt r \operatorname{arsinh} \sqrt{\mu / r}$$

    The family of fixed r is a natural exponential one, whose information in the mean is the inverse of the
    variance. With r to infinity psi is that of Poisson, 2 sqrt mu.

    Args:
        dispersion: r, positive: "inverse dispersion" or "total count" elsewhere.

    Raises:
        ValueError: for a dispersion that is not positive.

    Example:
        >>> from pullback.metrics.fisher_rao import negative_binomial
        >>> round(negative_binomial(1e6).features(torch.tensor([9.0], dtype=torch.float64)).item(), 4)
        6.0
    """
    if not 0 < dispersion < math.inf:
        raise ValueError(f"dispersion: got {dispersion}, expected a positive number")
    root = math.sqrt(dispersion)
    return Likelihood(
        "negative binomial",
        lambda mean: 2 * root * (mean.sqrt() / root).arcsinh(),
        "positive means",
        lambda mean: mean > 0,
    )


def gaussian(std: float) -> Likelihood:
    r"""Return the family of D independent normal variables of means mu and a fixed deviation: psi = mu / std.

    Raises:
        ValueError: for a deviation that is not positive.

    Example:
        >>> from pullback.metrics.fisher_rao import gaussian
        >>> gaussian(0.5).features(torch.tensor([3.0])).item()
        6.0
    """
    if not 0 < std < math.inf:
        raise ValueError(f"std: got {std}, expected a positive number")
    return Likelihood("gaussian", lambda mean: mean / std, "real means", torch.isfinite)


_BY_NAME = {"bernoulli": bernoulli, "poisson": poisson, "categorical": categorical}


class FisherRaoMetric(FeatureMetric):
    r"""The Fisher-Rao metric that a decoder pulls back from the parameters of its likelihood
    (`eq-fisher-rao`).

    $$G(z) = J_\psi^\top J_\psi, \qquad \psi = \psi(\mathrm{decoder}(z)), \qquad
    \mathrm{KL}(p_z, p_{z + dz}) = \tfrac12 \, dz^\top G \, dz + O(|dz|^3)$$

    Arvanitidis, Gonzalez-Duque, Pouplin, Kalatzis and Hauberg (2022), "Pulling back information geometry",
    section 3. Lengths count how well data tell two codes apart: a rate that grows from 1 to 4 is as far as
    one from 100 to 121. The likelihoods here have a feature map psi, so that every solver for pullback
    metrics applies; a normal distribution of learned deviation has none: `GaussianFisherRaoMetric`. Costs
    what `PullbackMetric` does, without the QR factor of a last layer.

    Args:
        decoder: callable (*batch, d) -> (*batch, D), the parameters: probabilities, rates or means.
        likelihood: "bernoulli", "poisson", "categorical", or one of `pullback.metrics.fisher_rao`, such as
            `negative_binomial(dispersion)` and `gaussian(std)`.
        trainable: differentiate in the decoder's weights, as in `PullbackMetric`.

    Raises:
        ValueError: for an unknown likelihood, and for parameters outside of its domain when it is evaluated.

    Example:
        >>> from pullback import FisherRaoMetric
        >>> metric = FisherRaoMetric(lambda z: z.sigmoid(), "bernoulli")
        >>> metric.matrix(torch.zeros(1)).item()
        0.25
    """

    def __init__(self, decoder: Map, likelihood: str | Likelihood, *, trainable: bool = False) -> None:
        if isinstance(likelihood, str) and likelihood in _BY_NAME:
            likelihood = _BY_NAME[likelihood]()
        if not isinstance(likelihood, Likelihood):
            raise ValueError(
                f"likelihood: got {likelihood!r}, expected one of {', '.join(map(repr, _BY_NAME))} or a "
                "Likelihood such as negative_binomial(dispersion) of pullback.metrics.fisher_rao"
            )
        if not callable(decoder):
            raise ValueError(
                f"decoder: got {type(decoder).__name__}, expected a callable (*batch, d) -> (*batch, D)"
            )
        self.decoder, self.likelihood = decoder, likelihood
        features = _Features(likelihood)
        if isinstance(decoder, nn.Module):  # whose layers keep their analytic derivatives
            psi = nn.Sequential(decoder, features)
        else:

            def psi(z: Tensor) -> Tensor:
                return features(decoder(z))

        super().__init__(DifferentiatedMap(Branch(psi, name="decoder"), trainable=trainable))


class _Features(nn.Module):
    """The feature map of a likelihood, as the layer that follows a decoder."""

    def __init__(self, likelihood: Likelihood) -> None:
        super().__init__()
        self.likelihood = likelihood

    def forward(self, parameters: Tensor) -> Tensor:
        """Map parameters (n, D) that are in the domain, or not finite, to features (n, D)."""
        if not isinstance(parameters, Tensor):
            return parameters  # the map's own check says what it got
        if not torch._C._functorch.is_functorch_wrapped_tensor(parameters):
            outside = ~self.likelihood.holds(parameters) & parameters.isfinite()
            if outside.any():
                raise ValueError(
                    f"decoder: got {float(parameters.detach()[outside][0]):.4g} for a {self.likelihood.name} "
                    f"likelihood, expected {self.likelihood.domain}"
                )
        return self.likelihood.features(parameters)


class GaussianFisherRaoMetric(Metric):
    r"""The Fisher-Rao metric of a Gaussian decoder x = mean(z) + std(z) eps with learned noise
    (`eq-fisher-rao`).

    $$G_{ij} = \sum_a \frac{\partial_i \mu_a \, \partial_j \mu_a + 2 \, \partial_i \sigma_a \,
    \partial_j \sigma_a}{\sigma_a^2}$$

    Each pixel's normal distributions are a hyperbolic plane of curvature -1/2, which no map lays flat: the
    metric has no features, and solvers differentiate its matrix. It is J^T J of (mean, sqrt 2 std), weighted
    with 1 / std: d tangents of both maps per point.

    Args:
        mean: callable (*batch, d) -> (*batch, D).
        std: callable (*batch, d) -> (*batch, D), positive standard deviations.
        trainable: differentiate in the weights of both.

    Raises:
        ValueError: when `mean` or `std` is not callable, and where a deviation is not positive.

    Example:
        >>> from pullback import GaussianFisherRaoMetric
        >>> normal = GaussianFisherRaoMetric(lambda z: z[..., :1], lambda z: z[..., 1:])
        >>> normal.matrix(torch.tensor([0.0, 2.0])).diagonal().tolist()
        [0.25, 0.5]
    """

    def __init__(self, mean: Map, std: Map, *, trainable: bool = False) -> None:
        self._mean = DifferentiatedMap(Branch(mean, name="mean"), trainable=trainable)
        self._std = DifferentiatedMap(Branch(std, name="std"), trainable=trainable)

    def matrix(self, z: Tensor) -> Tensor:
        """Evaluate G at points (*batch, d): (*batch, d, d)."""
        z = check_points("z", z)
        _, J = self._mean.value_and_jacobian(z)
        std, K = self._std.value_and_jacobian(z)
        if J.shape != K.shape:
            raise ValueError(f"std: got {K.shape[-2]} outputs, expected {J.shape[-2]} as mean's")
        if not (std > 0).all():
            raise ValueError(f"std: got values down to {float(std.min()):.3g}, expected positive ones")
        J, K = J / std[..., None], K / std[..., None]
        return check_matrix(J.mT @ J + 2 * K.mT @ K)
