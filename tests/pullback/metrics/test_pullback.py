"""Metrics that decoders pull back: of the mean alone, and of mean and deviation."""

import math

import pytest
import torch
from problems import POINTS, SURFACES, generator, normal
from pullback import ExpectedPullbackMetric, PullbackMetric
from torch import nn


@pytest.mark.parametrize("problem", SURFACES, ids=str)
def test_features_are_an_isometric_immersion(problem):
    z, metric = problem.sample(20, generator()), problem.metric
    x, J = metric.features_and_jacobian(z)
    torch.testing.assert_close(x, metric.features(z))
    torch.testing.assert_close(J.mT @ J, problem.matrix(z))


def test_the_expected_metric_is_the_mean_over_random_decoders():
    """`eq-expected-metric`."""

    def mean(z):
        return torch.stack([z[:, 0].sin(), z[:, 0] * z[:, 1], z[:, 1] ** 2], dim=-1)

    def std(z):
        return torch.stack([z[:, 0].exp(), 1 + z[:, 1] ** 2, (z[:, 0] + z[:, 1]).cosh()], dim=-1)

    z = normal(3, 2, seed=1)
    noise = torch.randn(20000, 3, dtype=z.dtype, generator=generator(7))
    noise = (noise - noise.mean(0)) / noise.std(0)
    samples = torch.stack(
        [PullbackMetric(lambda y, e=e: mean(y) + std(y) * e).matrix(z) for e in noise[:400]]
    )
    expected = ExpectedPullbackMetric(mean, std).matrix(z)
    error = samples.std(0) / math.sqrt(len(samples))
    assert ((samples.mean(0) - expected).abs() < 5 * error + 0.02 * expected.abs()).all()
    torch.testing.assert_close(expected, PullbackMetric(mean).matrix(z) + PullbackMetric(std).matrix(z))


def test_the_expected_metric_folds_both_networks_and_has_their_joint_features():
    torch.manual_seed(0)
    mean = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 30)).double()
    std = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 30), nn.Softplus()).double()
    metric, z = ExpectedPullbackMetric(mean, std), normal(7, 2, seed=1)
    x, J = metric.features_and_jacobian(z)
    assert x.shape == (7, 5 + 30)
    torch.testing.assert_close(J.mT @ J, metric.matrix(z))
    torch.testing.assert_close(torch.pdist(x), torch.pdist(torch.cat([mean(z), std(z)], dim=-1)).detach())


def test_networks_that_end_in_an_affine_layer_have_as_many_features_as_it_has_inputs():
    """`eq-pullback-metric`, `eq-expected-metric`: the same matrices from far fewer numbers."""
    torch.manual_seed(0)
    mean = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 30)).double()
    std = nn.Sequential(nn.Linear(2, 6), nn.Softplus(), nn.Linear(6, 30)).double()
    z = normal(7, 2)
    J, K = (torch.func.vmap(torch.func.jacfwd(f))(z).detach() for f in (mean, std))
    alone, both = PullbackMetric(mean), ExpectedPullbackMetric(mean, std)
    assert alone.features(z).shape == (7, 5)
    assert both.features(z).shape == (7, 5 + 6)
    torch.testing.assert_close(alone.matrix(z), J.mT @ J)
    torch.testing.assert_close(both.matrix(z), J.mT @ J + K.mT @ K)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: PullbackMetric(lambda z: z[:, :1] + z[:, 1:]).cometric(POINTS), "singular at 2 of 2"),
        (lambda: PullbackMetric(lambda z: z / 0).matrix(POINTS), "metric: got 8 NaN or infinite"),
        (lambda: PullbackMetric(None), "immersion: got NoneType, expected a callable"),
        (lambda: ExpectedPullbackMetric(torch.sin, None), "std: got NoneType, expected a callable"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
