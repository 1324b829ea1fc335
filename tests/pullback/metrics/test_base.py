"""Metrics: closed forms, what they share, and what they refuse."""

import math

import pytest
import torch
from problems import HALF_PLANE, POINTS, PROBLEMS, SPHERE, TORUS, generator, normal
from pullback import EuclideanMetric, Metric


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_the_matrix_is_the_closed_form(problem):
    """`eq-pullback-metric`."""
    z = problem.sample(20, generator())
    torch.testing.assert_close(problem.metric.matrix(z), problem.matrix(z))


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_inner_products_norms_volumes_and_cometrics_are_those_of_the_matrix(problem):
    """`eq-volume`."""
    z, u, v = problem.sample(20, generator()), normal(20, problem.d, seed=1), normal(20, problem.d, seed=2)
    metric, G = problem.metric, problem.matrix(z)
    torch.testing.assert_close(metric.inner_product(z, u, v), (u * (G @ v[..., None])[..., 0]).sum(-1))
    torch.testing.assert_close(metric.norm(z, v) ** 2, metric.inner_product(z, v, v))
    torch.testing.assert_close(metric.log_volume(z), 0.5 * torch.logdet(G), rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(metric.cometric(z) @ G, torch.eye(problem.d, dtype=z.dtype).expand_as(G))


def test_the_euclidean_metric_is_the_identity():
    z = normal(4, 3, seed=1)
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


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
@pytest.mark.parametrize("batch", [(), (0,), (1,), (3, 2)])
def test_a_batch_is_a_loop(problem, batch):
    n = math.prod(batch)
    z = problem.sample(n, generator()).reshape(*batch, problem.d)
    v = normal(n, problem.d, seed=1).reshape(*batch, problem.d)
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
    z, v = problem.sample(4, generator()).to(dtype), normal(4, 2, seed=1).to(dtype)
    before = z.clone(), v.clone()
    metric = problem.metric
    results = metric.matrix(z), metric.cometric(z), metric.log_volume(z), metric.norm(z, v)
    assert all(result.dtype == dtype for result in (*results, metric.inner_product(z, v, v)))
    assert torch.equal(z, before[0])
    assert torch.equal(v, before[1])


def test_points_and_vectors_broadcast():
    z, v = SPHERE.sample(4, generator()), normal(3, 2, seed=1)[:, None]
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
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
