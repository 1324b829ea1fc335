"""Fisher-Rao metrics against the Kullback-Leibler divergence and against distances in closed form."""

import math

import pytest
import torch
from problems import FISHER_RAO, generator, normal
from pullback import FisherRaoMetric, GaussianFisherRaoMetric, distance, geodesic, log
from pullback.metrics.fisher_rao import bernoulli, gaussian, negative_binomial, poisson
from torch import distributions, nn

R, STD = 3.5, 0.3


def kl_of_negative_binomials(m, k):
    """Of means m and k and dispersion R, by the expectation of the difference of log densities."""
    return (m * (m * (R + k) / (k * (R + m))).log() + R * ((R + k) / (R + m)).log()).sum(-1)


def kl_of(family, **fixed):
    return lambda p, q: distributions.kl_divergence(family(p, **fixed), family(q, **fixed)).sum(-1)


def deep(last, seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 4), last).double()


FAMILIES = {
    "bernoulli": ("bernoulli", deep(nn.Sigmoid()), kl_of(distributions.Bernoulli)),
    "bernoulli of logits": (
        bernoulli(logits=True),
        deep(nn.Identity()),
        lambda p, q: kl_of(distributions.Bernoulli)(p.sigmoid(), q.sigmoid()),
    ),
    "poisson": ("poisson", deep(nn.Softplus()), kl_of(distributions.Poisson)),
    "categorical": ("categorical", deep(nn.Softmax(-1)), kl_of(distributions.Categorical)),
    "negative binomial": (negative_binomial(R), deep(nn.Softplus()), kl_of_negative_binomials),
    "gaussian": (
        gaussian(STD),
        deep(nn.Identity()),
        kl_of(distributions.Normal, scale=torch.tensor(STD, dtype=torch.float64)),
    ),
}


@pytest.mark.parametrize("opaque", [False, True])
@pytest.mark.parametrize("name", FAMILIES)
def test_the_metric_is_the_hessian_of_the_divergence(name, opaque):
    """`eq-fisher-rao`."""
    likelihood, decoder, divergence = FAMILIES[name]
    metric = FisherRaoMetric((lambda z: decoder(z)) if opaque else decoder, likelihood)
    for z in normal(3, 2, seed=1):
        hessian = torch.autograd.functional.hessian(lambda y, z=z: divergence(decoder(z), decoder(y)), z)
        torch.testing.assert_close(metric.matrix(z), hessian, rtol=1e-8, atol=1e-8)


def test_the_divergence_of_negative_binomials_is_their_sum_over_counts():
    counts, pair = torch.arange(2000.0).double(), torch.tensor([4.0, 7.0]).double()
    p, q = (distributions.NegativeBinomial(R, logits=(m / R).log()).log_prob(counts) for m in pair)
    summed = (p.exp() * (p - q)).sum()
    torch.testing.assert_close(summed, kl_of_negative_binomials(*pair[:, None]), rtol=1e-10, atol=0)


@pytest.mark.parametrize(
    ("likelihood", "exact", "ends"),
    [
        ("bernoulli", lambda p, q: 2 * abs(math.asin(p**0.5) - math.asin(q**0.5)), (0.02, 0.93)),
        ("poisson", lambda p, q: 2 * abs(p**0.5 - q**0.5), (0.1, 25.0)),
        (
            negative_binomial(R),
            lambda p, q: R**0.5 * abs(math.acosh(1 + 2 * p / R) - math.acosh(1 + 2 * q / R)),
            (0.1, 25.0),
        ),
        (gaussian(STD), lambda p, q: abs(p - q) / STD, (-1.0, 2.0)),
    ],
    ids=["bernoulli", "poisson", "negative binomial", "gaussian"],
)
def test_distances_of_single_variables_are_those_in_closed_form(likelihood, exact, ends):
    metric = FisherRaoMetric(lambda z: z, likelihood)
    z = torch.tensor(ends, dtype=torch.float64)[:, None]
    assert distance(metric, z[0], z[1]).item() == pytest.approx(exact(*ends), abs=1e-10)


def test_the_simplex_of_classes_is_an_octant_of_the_sphere_of_radius_two():
    def simplex(z):
        return torch.cat([z, 1 - z.sum(-1, keepdim=True)], dim=-1)

    metric = FisherRaoMetric(simplex, "categorical")
    p, q = torch.tensor([[0.1, 0.2], [0.6, 0.3]], dtype=torch.float64)
    exact = 2 * torch.acos((simplex(p) * simplex(q)).sqrt().sum())
    length = log(metric, p, q, rtol=1e-11, return_result=True).length
    torch.testing.assert_close(length, exact, rtol=0, atol=1e-10)
    torch.testing.assert_close(metric.features(p).norm(), torch.tensor(2.0).double())


def test_a_negative_binomial_of_large_dispersion_is_poisson():
    rates = torch.linspace(0.1, 50, 20).double()
    torch.testing.assert_close(
        negative_binomial(1e9).features(rates), poisson().features(rates), rtol=1e-7, atol=0
    )


def test_the_normal_distribution_of_learned_noise_is_the_hyperbolic_plane():
    metric = GaussianFisherRaoMetric(lambda z: z[..., :1], lambda z: z[..., 1:])
    z0, z1 = FISHER_RAO.sample_pairs(5, generator())
    torch.testing.assert_close(metric.matrix(z0), FISHER_RAO.matrix(z0))
    torch.testing.assert_close(distance(metric, z0, z1), FISHER_RAO.distance(z0, z1), rtol=1e-4, atol=0)


def test_learned_noise_has_the_hessian_of_the_divergence_too():
    mean, std = deep(nn.Identity()), deep(nn.Softplus(), seed=1)
    metric = GaussianFisherRaoMetric(mean, std)

    def normals(z):
        return distributions.Normal(mean(z), std(z))

    for z in normal(3, 2, seed=1):
        hessian = torch.autograd.functional.hessian(
            lambda y, z=z: distributions.kl_divergence(normals(z), normals(y)).sum(), z
        )
        torch.testing.assert_close(metric.matrix(z), hessian, rtol=1e-8, atol=1e-8)


def test_fast_solvers_solve_under_a_likelihood():
    decoder = deep(nn.Sigmoid())
    z0, z1 = normal(2, 5, 2, seed=2)
    metric = FisherRaoMetric(decoder, "bernoulli")
    for solver in ("gauss-newton", "quasi-newton"):
        assert geodesic(metric, z0, z1, solver=solver).converged.all()


def test_lengths_are_differentiable_in_the_decoder_if_asked_for():
    decoder = deep(nn.Sigmoid())
    z0, z1 = normal(2, 2, 2, seed=2)
    distance(FisherRaoMetric(decoder, "bernoulli", trainable=True), z0, z1).sum().backward()
    assert all(weight.grad.abs().sum() > 0 for weight in decoder.parameters())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda z: FisherRaoMetric(lambda y: y, "bernouli"), "likelihood: got 'bernouli', expected one of"),
        (lambda z: FisherRaoMetric(None, "poisson"), "decoder: got NoneType"),
        (lambda z: FisherRaoMetric(lambda y: -y.abs(), "poisson").matrix(z), "expected positive rates"),
        (lambda z: FisherRaoMetric(lambda y: y * 0 + 1, "bernoulli").matrix(z), "got 1 for a bernoulli"),
        (lambda z: FisherRaoMetric(lambda y: y.abs() + 1, "categorical").matrix(z), "of sum 1"),
        (lambda z: FisherRaoMetric(lambda y: [y], "poisson").matrix(z), "decoder: got list"),
        (lambda z: negative_binomial(0.0), "dispersion: got 0.0, expected a positive"),
        (lambda z: gaussian(-1.0), "std: got -1.0"),
        (lambda z: GaussianFisherRaoMetric(lambda y: y, None), "std: got NoneType"),
        (
            lambda z: GaussianFisherRaoMetric(lambda y: y, lambda y: -y.abs()).matrix(z),
            "std: got values down",
        ),
        (lambda z: GaussianFisherRaoMetric(lambda y: y, lambda y: y[:, :1]).matrix(z), "std: got 1 outputs"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(normal(3, 2))
