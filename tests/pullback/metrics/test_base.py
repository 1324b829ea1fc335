"""Metrics: closed forms, what they share, and what they refuse."""

import math

import pytest
import torch
from problems import FIELDS, HALF_PLANE, PROBLEMS, SPHERE, SURFACES, TORUS, generator
from pullback import (
    ConformalMetric,
    EuclideanMetric,
    ExpectedPullbackMetric,
    Metric,
    MetricField,
    PullbackMetric,
)
from torch import nn


def vectors(n: int, d: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(n, d, dtype=torch.float64, generator=generator(seed))


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_the_matrix_is_the_closed_form(problem):
    """`eq-pullback-metric`."""
    z = problem.sample(20, generator())
    torch.testing.assert_close(problem.metric.matrix(z), problem.matrix(z))


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_inner_products_norms_volumes_and_cometrics_are_those_of_the_matrix(problem):
    """`eq-volume`."""
    z, u, v = problem.sample(20, generator()), vectors(20, problem.d), vectors(20, problem.d, 2)
    metric, G = problem.metric, problem.matrix(z)
    torch.testing.assert_close(metric.inner_product(z, u, v), (u * (G @ v[..., None])[..., 0]).sum(-1))
    torch.testing.assert_close(metric.norm(z, v) ** 2, metric.inner_product(z, v, v))
    torch.testing.assert_close(metric.log_volume(z), 0.5 * torch.logdet(G), rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(metric.cometric(z) @ G, torch.eye(problem.d, dtype=z.dtype).expand_as(G))


@pytest.mark.parametrize("problem", SURFACES, ids=str)
def test_features_are_an_isometric_immersion(problem):
    z, metric = problem.sample(20, generator()), problem.metric
    x, J = metric.features_and_jacobian(z)
    torch.testing.assert_close(x, metric.features(z))
    torch.testing.assert_close(J.mT @ J, problem.matrix(z))


@pytest.mark.parametrize("problem", FIELDS, ids=str)
def test_a_metric_given_directly_has_no_features(problem):
    metric = problem.metric
    assert not metric.has_features
    for call in (metric.features, metric.features_and_jacobian):
        with pytest.raises(ValueError, match="MetricField, which has no features"):
            call(problem.sample(2, generator()))


def test_the_euclidean_metric_is_the_identity():
    z = vectors(4, 3)
    metric = EuclideanMetric()
    assert metric.has_features
    torch.testing.assert_close(metric.matrix(z), torch.eye(3, dtype=z.dtype).expand(4, 3, 3))
    torch.testing.assert_close(metric.features(z), z)
    torch.testing.assert_close(
        metric.features_and_jacobian(z)[1], torch.eye(3, dtype=z.dtype).expand(4, 3, 3)
    )


def test_the_area_of_the_torus_is_its_closed_form():
    """`eq-volume`."""
    t = torch.arange(200, dtype=torch.float64) * 2 * math.pi / 200
    z = torch.stack([t, torch.zeros_like(t)], dim=-1)
    area = TORUS.metric.log_volume(z).exp().mean() * (2 * math.pi) ** 2
    assert math.isclose(area, 4 * math.pi**2 * 3, rel_tol=1e-12)


def test_the_expected_metric_is_the_mean_over_random_decoders():
    """`eq-expected-metric`."""

    def mean(z):
        return torch.stack([z[:, 0].sin(), z[:, 0] * z[:, 1], z[:, 1] ** 2], dim=-1)

    def std(z):
        return torch.stack([z[:, 0].exp(), 1 + z[:, 1] ** 2, (z[:, 0] + z[:, 1]).cosh()], dim=-1)

    z = vectors(3, 2)
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
    metric, z = ExpectedPullbackMetric(mean, std), vectors(7, 2)
    x, J = metric.features_and_jacobian(z)
    assert x.shape == (7, 5 + 30)
    torch.testing.assert_close(J.mT @ J, metric.matrix(z))
    torch.testing.assert_close(torch.pdist(x), torch.pdist(torch.cat([mean(z), std(z)], dim=-1)).detach())


def test_a_conformal_metric_scales_its_base():
    """`eq-conformal-metric`."""
    z = HALF_PLANE.sample(5, generator())
    metric = ConformalMetric(lambda z: z[..., 1] ** -2)
    torch.testing.assert_close(metric.matrix(z), HALF_PLANE.matrix(z))
    z = SPHERE.sample(5, generator())
    scaled = ConformalMetric(lambda z: 1 + z[..., 0] ** 2, SPHERE.metric)
    torch.testing.assert_close(scaled.matrix(z), (1 + z[:, 0] ** 2)[:, None, None] * SPHERE.matrix(z))
    assert not scaled.has_features


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
@pytest.mark.parametrize("batch", [(), (0,), (1,), (3, 2)])
def test_a_batch_is_a_loop(problem, batch):
    n = math.prod(batch)
    z = problem.sample(n, generator()).reshape(*batch, problem.d)
    v = vectors(n, problem.d).reshape(*batch, problem.d)
    metric = problem.metric
    flat = list(zip(z.reshape(-1, problem.d), v.reshape(-1, problem.d)))
    results = {
        metric.matrix: (*batch, problem.d, problem.d),
        metric.cometric: (*batch, problem.d, problem.d),
        metric.log_volume: batch,
    }
    for call, shape in results.items():
        together = call(z)
        assert together.shape == shape
        if n:
            torch.testing.assert_close(together, torch.stack([call(p) for p, _ in flat]).reshape(shape))
    norms = metric.norm(z, v)
    assert norms.shape == batch
    if n:
        torch.testing.assert_close(norms, torch.stack([metric.norm(p, w) for p, w in flat]).reshape(batch))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("problem", [SPHERE, HALF_PLANE], ids=str)
def test_dtype_is_kept_and_arguments_are_left_alone(problem, dtype):
    z, v = problem.sample(4, generator()).to(dtype), vectors(4, 2).to(dtype)
    before = z.clone(), v.clone()
    metric = problem.metric
    results = metric.matrix(z), metric.cometric(z), metric.log_volume(z), metric.norm(z, v)
    assert all(result.dtype == dtype for result in (*results, metric.inner_product(z, v, v)))
    assert torch.equal(z, before[0])
    assert torch.equal(v, before[1])


def test_points_and_vectors_broadcast():
    z, v = SPHERE.sample(4, generator()), vectors(3, 2)[:, None]
    norms = SPHERE.metric.norm(z, v)
    assert norms.shape == (3, 4)
    torch.testing.assert_close(norms[2], SPHERE.metric.norm(z, v[2].expand(4, 2)))


def test_features_let_one_bad_point_of_a_batch_be():
    z = SPHERE.sample(3, generator())
    z[1] = torch.nan
    x, J = SPHERE.metric.features_and_jacobian(z)
    assert x.isnan().all(-1).tolist() == [False, True, False]
    assert not J[[0, 2]].isnan().any()


def test_metrics_cannot_be_made_of_the_abstract_class():
    with pytest.raises(TypeError, match="abstract"):
        Metric()


POINTS = torch.tensor([[1.0, 0.5], [1.2, 0.2]], dtype=torch.float64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SPHERE.metric.matrix(POINTS * torch.nan), "z: got 4 NaN or infinite entries"),
        (lambda: SPHERE.metric.matrix(POINTS / 0), "z: got 4 NaN or infinite entries"),
        (lambda: SPHERE.metric.matrix(POINTS.half()), "z: got dtype float16"),
        (lambda: SPHERE.metric.matrix(POINTS.bfloat16()), "z: got dtype bfloat16"),
        (lambda: SPHERE.metric.matrix([[1.0, 2.0]]), "z: got list"),
        (lambda: SPHERE.metric.norm(POINTS, POINTS[:, :1]), "v: got shape"),
        (lambda: SPHERE.metric.norm(POINTS, torch.ones(3, 2).double()), "v: got shape"),
        (lambda: SPHERE.metric.norm(POINTS, POINTS.float()), "v: got dtype float32, expected float64"),
        (lambda: SPHERE.metric.inner_product(POINTS, POINTS * torch.inf, POINTS), "u: got 4 NaN or infinite"),
        (lambda: SPHERE.metric.cometric(torch.tensor([[0.0, 1.0], [1.0, 1.0]])), "singular at 1 of 2 points"),
        (
            lambda: SPHERE.metric.log_volume(torch.tensor([math.pi, 1.0], dtype=torch.float64)),
            "singular at 1 of 1 points",
        ),
        (lambda: PullbackMetric(lambda z: z[:, :1] + z[:, 1:]).cometric(POINTS), "singular at 2 of 2"),
        (lambda: PullbackMetric(lambda z: z / 0).matrix(POINTS), "metric: got 8 NaN or infinite"),
        (lambda: PullbackMetric(None), "immersion: got NoneType, expected a callable"),
        (lambda: ExpectedPullbackMetric(torch.sin, None), "std: got NoneType, expected a callable"),
        (lambda: MetricField(torch.eye(2)), "matrix_fn: got Tensor, expected a callable"),
        (lambda: MetricField(lambda z: z).matrix(POINTS), r"matrix_fn: got shape \(2, 2\)"),
        (lambda: MetricField(lambda z: z[..., None] * z[..., None, :].sin()).matrix(POINTS), "not symmetric"),
        (lambda: MetricField(lambda z: -torch.eye(2).double().expand(2, 2, 2)).cometric(POINTS), "singular"),
        (lambda: ConformalMetric(2.0), "factor: got float, expected a callable"),
        (lambda: ConformalMetric(lambda z: z).matrix(POINTS), r"factor: got shape \(2, 2\)"),
        (lambda: ConformalMetric(lambda z: z[:, 0] - 1.1).matrix(POINTS), "factor: got values down to -0.1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
