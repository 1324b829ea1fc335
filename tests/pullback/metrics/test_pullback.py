"""Metrics that decoders pull back: of the mean alone, and of mean and deviation."""

import math

import pytest
import torch
from gradient_problems import agrees_with_differences
from problems import POINTS, SURFACES, generator, normal
from pullback import (
    EnsembleMetric,
    ExpectedPullbackMetric,
    PullbackMetric,
    christoffels,
    curve_energy,
    curve_length,
    distance,
    gaussian_curvature,
    geodesic,
    riemann_tensor,
    scalar_curvature,
    sectional_curvature,
)
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


def measured(metric, z, curve):
    """Everything that is measured at points or of a curve, as numbers."""
    u, v = (e.expand_as(z) for e in torch.eye(2).double())
    return {
        "matrix": lambda: metric.matrix(z),
        "inner product": lambda: metric.inner_product(z, u, v),
        "norm": lambda: metric.norm(z, v),
        "log_volume": lambda: metric.log_volume(z),
        "christoffels": lambda: christoffels(metric, z),
        "riemann_tensor": lambda: riemann_tensor(metric, z),
        "scalar_curvature": lambda: scalar_curvature(metric, z),
        "sectional_curvature": lambda: sectional_curvature(metric, z, u + v, v),
        "gaussian_curvature": lambda: gaussian_curvature(metric, z),
        "intrinsic curvature": lambda: gaussian_curvature(metric, z, method="intrinsic"),
        "curve_length": lambda: curve_length(metric, curve),
        "curve_energy": lambda: curve_energy(metric, curve),
    }


@pytest.mark.parametrize("opaque", [False, True])
def test_what_a_trainable_metric_measures_agrees_with_differences_in_points_and_weights(opaque):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 3), nn.Softplus(), nn.Linear(3, 6)).double()
    metric = PullbackMetric((lambda z: net(z)) if opaque else net, trainable=True)
    z, curve = normal(3, 2).requires_grad_(), normal(2, 5, 2, seed=1).requires_grad_()
    for name, measure in measured(metric, z, curve).items():
        assert agrees_with_differences(measure, (z, curve, *net.parameters())), name


def test_convolutions_and_norms_of_a_trainable_metric_are_differentiated():
    torch.manual_seed(0)
    net = nn.Sequential(
        *(nn.Linear(2, 4), nn.Tanh(), nn.Unflatten(1, (1, 2, 2)), nn.ConvTranspose2d(1, 2, 2)),
        *(nn.BatchNorm2d(2), nn.SiLU(), nn.Flatten()),
    )
    net = net.double().eval()
    metric, z = PullbackMetric(net, trainable=True), normal(3, 2)
    for measure in (lambda: metric.log_volume(z), lambda: gaussian_curvature(metric, z)):
        assert agrees_with_differences(measure, tuple(net.parameters()))


def test_weights_are_constants_unless_a_metric_is_trainable():
    net = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 8)).double()
    constant, trainable, z = PullbackMetric(net), PullbackMetric(net, trainable=True), normal(3, 2)
    assert not constant.log_volume(z).requires_grad
    assert trainable.log_volume(z).requires_grad
    with torch.no_grad():  # where nobody asks, the last layer is folded as ever
        assert trainable.features(z).shape == (3, 5)
    torch.testing.assert_close(trainable.matrix(z).detach(), constant.matrix(z))


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


def members(widths=(9, 9, 5)):
    """Three networks of one latent space, of which one ends in an affine layer that is not folded."""
    nets = []
    for k, width in enumerate(widths):
        with torch.random.fork_rng():
            torch.manual_seed(k)
            nets.append(nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, width)).double().eval())
    return nets


def test_the_metric_of_an_ensemble_is_the_mean_of_its_members():
    """`eq-ensemble-metric`"""
    nets, z = members(), normal(5, 2)
    expected = torch.stack([PullbackMetric(net).matrix(z) for net in nets]).mean(0)
    metric = EnsembleMetric(nets)
    torch.testing.assert_close(metric.matrix(z), expected)
    torch.testing.assert_close(metric.norm(z, z), torch.einsum("ni,nij,nj->n", z, expected, z).sqrt())
    x, J = metric.features_and_jacobian(z)
    torch.testing.assert_close(J.mT @ J, expected)
    torch.testing.assert_close(x, metric.features(z))


def test_an_ensemble_is_measured_and_solved_as_its_members_side_by_side():
    nets, (z0, z1) = members(), normal(2, 4, 2)
    metric = EnsembleMetric(nets)
    beside = PullbackMetric(lambda z: torch.cat([net(z) for net in nets], -1) / 3**0.5)
    for measure in (christoffels, riemann_tensor, gaussian_curvature):
        torch.testing.assert_close(measure(metric, z0), measure(beside, z0), rtol=1e-8, atol=1e-10)
    one, other = (geodesic(m, z0, z1, n_segments=16, tol=1e-8) for m in (metric, beside))
    assert one.converged.all()
    torch.testing.assert_close(one.length, other.length, rtol=1e-8, atol=0)
    apart = torch.stack([distance(PullbackMetric(net), z0, z1, n_segments=16) for net in nets]).mean(0)
    assert (one.length >= apart).all()


def test_an_ensemble_of_one_decoder_many_times_is_that_decoder():
    net, z = members()[0], normal(4, 2)
    torch.testing.assert_close(EnsembleMetric([net] * 4).matrix(z), PullbackMetric(net).matrix(z))


def test_an_ensemble_can_be_trained_in_all_its_weights():
    nets = members((3, 2))
    inputs = tuple(p for net in nets for p in net.parameters())
    metric, z = EnsembleMetric(nets, trainable=True), normal(2, 2)
    assert agrees_with_differences(lambda: metric.log_volume(z), [p for p in inputs if p.ndim == 2])
    z0, z1 = normal(2, 1, 2)
    parts = [net[0].weight for net in nets]
    assert agrees_with_differences(lambda: geodesic(metric, z0, z1, n_segments=8, tol=1e-9).energy, parts)


@pytest.mark.parametrize(
    ("decoders", "message"),
    [
        ([], "decoders: got none, expected a sequence of callables"),
        (3, "decoders: got int, expected a sequence of callables"),
        ([torch.sin, "net"], r"decoders\[1\]: got str, expected a callable"),
    ],
)
def test_an_ensemble_without_decoders_is_refused(decoders, message):
    with pytest.raises(ValueError, match=message):
        EnsembleMetric(decoders)
