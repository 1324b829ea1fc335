"""Christoffel symbols and geodesic acceleration."""

import math

import pytest
import torch
from problems import FIELDS, HALF_PLANE, PROBLEMS, SPHERE, SURFACES, WITH_CHRISTOFFELS, generator
from pullback import (
    ConformalMetric,
    EuclideanMetric,
    ExpectedPullbackMetric,
    MetricField,
    PullbackMetric,
    christoffels,
    geodesic_acceleration,
)
from torch import nn


def methods(problem):
    return ["auto", "intrinsic"] if problem in FIELDS else ["extrinsic", "intrinsic"]


def vectors(n: int, d: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(n, d, dtype=torch.float64, generator=generator(seed))


def decoder(d: int = 3, activation=nn.Tanh) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(d, 8), activation(), nn.Linear(8, 8), activation(), nn.Linear(8, 20)
    ).double()


@pytest.mark.parametrize("problem", WITH_CHRISTOFFELS, ids=str)
def test_the_symbols_are_the_closed_form(problem):
    """`eq-christoffel`: upper index first."""
    z = problem.sample(10, generator())
    for method in methods(problem):
        torch.testing.assert_close(
            christoffels(problem.metric, z, method=method), problem.christoffels(z), rtol=1e-9, atol=1e-10
        )


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_the_symbols_make_the_metric_parallel_and_are_symmetric(problem):
    """`eq-christoffel`: dG_ij / dz_k = Gamma_ikj + Gamma_jki, by finite differences of the closed form."""
    z, G = problem.sample(10, generator()), problem.matrix
    steps = 1e-5 * torch.eye(problem.d, dtype=z.dtype)
    dG = torch.stack([(G(z + e) - G(z - e)) / 2e-5 for e in steps], dim=-1)
    Gamma = christoffels(problem.metric, z)
    lowered = torch.einsum("nil,nlkj->nikj", G(z), Gamma)
    torch.testing.assert_close(
        lowered.transpose(2, 3) + lowered.permute(0, 3, 1, 2), dG, rtol=1e-7, atol=1e-7
    )
    torch.testing.assert_close(Gamma, Gamma.mT)


@pytest.mark.parametrize("activation", [nn.Tanh, nn.ELU, nn.Softplus, nn.Sigmoid])
def test_features_and_metric_derivatives_give_the_same_symbols_of_a_decoder(activation):
    z = vectors(6, 3)
    for metric in (
        PullbackMetric(decoder(3, activation)),
        PullbackMetric(nn.Sequential(decoder(3, activation), nn.Sigmoid())),
        ExpectedPullbackMetric(decoder(), nn.Sequential(decoder(3, activation), nn.Softplus())),
        PullbackMetric(decoder(3, activation).forward),
    ):
        outside, inside = (christoffels(metric, z, method=m) for m in ("extrinsic", "intrinsic"))
        torch.testing.assert_close(outside, inside, rtol=1e-8, atol=1e-9)
        assert outside.abs().amax() > 1e-2


def test_an_affine_decoder_has_no_symbols_and_no_acceleration():
    torch.manual_seed(0)
    metric, z = PullbackMetric(nn.Linear(3, 9).double()), vectors(5, 3)
    assert christoffels(metric, z).abs().amax() < 1e-14
    assert geodesic_acceleration(metric, z, vectors(5, 3, 2)).abs().amax() < 1e-14


def test_a_conformal_metric_has_the_symbols_of_the_gradient_of_its_factor():
    """`eq-conformal-metric`: with factor exp(2 s), Gamma^k_ij = d_ik s_j + d_jk s_i - d_ij s_k."""
    z = vectors(5, 3)
    metric = ConformalMetric(lambda z: torch.exp(2 * z.sin().sum(-1)))
    s, eye = z.cos(), torch.eye(3, dtype=z.dtype)
    expected = (
        torch.einsum("ki,nj->nkij", eye, s)
        + torch.einsum("kj,ni->nkij", eye, s)
        - torch.einsum("ij,nk->nkij", eye, s)
    )
    torch.testing.assert_close(christoffels(metric, z), expected)


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_geodesic_acceleration_contracts_the_symbols_with_the_velocity(problem):
    """`eq-geodesic-equation`."""
    z, v = problem.sample(10, generator()), vectors(10, problem.d)
    expected = -torch.einsum("nkij,ni,nj->nk", christoffels(problem.metric, z), v, v)
    torch.testing.assert_close(geodesic_acceleration(problem.metric, z, v), expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("problem", [p for p in SURFACES if p.geodesic is not None], ids=str)
def test_closed_form_geodesics_accelerate_as_the_geodesic_equation_says(problem):
    """`eq-geodesic-equation`."""
    z0, z1 = problem.sample_pairs(6, generator())
    h = 1e-3
    before, now, after = problem.geodesic(z0, z1, 0.4 + torch.tensor([-h, 0, h], dtype=z0.dtype)).unbind(1)
    velocity, acceleration = (after - before) / (2 * h), (after - 2 * now + before) / h**2
    torch.testing.assert_close(
        geodesic_acceleration(problem.metric, now, velocity), acceleration, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("problem", [SPHERE, HALF_PLANE], ids=str)
def test_rows_without_an_acceleration_are_nan_and_leave_the_others_alone(problem):
    z, v = problem.sample(4, generator()), vectors(4, 2)
    expected = geodesic_acceleration(problem.metric, z, v)
    z[1], v[2] = torch.nan, torch.inf
    a = geodesic_acceleration(problem.metric, z, v)
    assert a.isnan().all(-1).tolist() == [False, True, True, False]
    torch.testing.assert_close(a[[0, 3]], expected[[0, 3]])


def test_the_acceleration_at_a_pole_is_nan():
    z = torch.tensor([[0.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
    assert geodesic_acceleration(SPHERE.metric, z, torch.ones_like(z)).isnan().any(-1).tolist() == [
        True,
        False,
    ]


def test_the_acceleration_can_be_differentiated():
    metric, z, v = PullbackMetric(decoder()), vectors(4, 3), vectors(4, 3, 2)
    y = vectors(4, 3, 3)
    derivative = torch.func.jvp(lambda z: geodesic_acceleration(metric, z, v), (z,), (y,))[1]
    step = 1e-5
    fd = geodesic_acceleration(metric, z + step * y, v) - geodesic_acceleration(metric, z - step * y, v)
    torch.testing.assert_close(derivative, fd / (2 * step), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
@pytest.mark.parametrize("batch", [(), (0,), (1,), (3, 2)])
def test_a_batch_is_a_loop(problem, batch):
    n, d = math.prod(batch), problem.d
    z, v = problem.sample(n, generator()).reshape(*batch, d), vectors(n, d).reshape(*batch, d)
    for method in methods(problem):
        Gamma = christoffels(problem.metric, z, method=method)
        assert Gamma.shape == (*batch, d, d, d)
        for one, point in zip(Gamma.reshape(n, d, d, d), z.reshape(n, d)):
            torch.testing.assert_close(one, christoffels(problem.metric, point, method=method))
    a = geodesic_acceleration(problem.metric, z, v)
    assert a.shape == (*batch, d)
    for one, point, w in zip(a.reshape(n, d), z.reshape(n, d), v.reshape(n, d)):
        torch.testing.assert_close(one, geodesic_acceleration(problem.metric, point, w))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtype_is_kept_and_arguments_are_left_alone(dtype):
    for problem in (SPHERE, HALF_PLANE):
        z, v = problem.sample(4, generator()).to(dtype), vectors(4, 2).to(dtype)
        before = z.clone(), v.clone()
        assert christoffels(problem.metric, z).dtype == dtype
        assert geodesic_acceleration(problem.metric, z, v).dtype == dtype
        assert torch.equal(z, before[0])
        assert torch.equal(v, before[1])


def test_one_dimension_works():
    metric = MetricField(lambda z: (2 * z).exp()[..., None])
    z = vectors(5, 1)
    torch.testing.assert_close(christoffels(metric, z), torch.ones(5, 1, 1, 1, dtype=z.dtype))
    curve = PullbackMetric(lambda z: torch.cat([z.exp().cos(), z.exp().sin()], dim=-1))
    torch.testing.assert_close(christoffels(curve, z), torch.ones(5, 1, 1, 1, dtype=z.dtype))


POINTS = torch.tensor([[1.0, 0.5], [1.2, 0.2]], dtype=torch.float64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: christoffels(SPHERE.metric, POINTS * torch.nan), "z: got 4 NaN or infinite"),
        (lambda: christoffels(SPHERE.metric, POINTS.half()), "z: got dtype float16"),
        (lambda: christoffels(SPHERE.metric, torch.tensor([0.0, 1.0])), "metric: singular at 1 of 1"),
        (
            lambda: christoffels(SPHERE.metric, POINTS, method="gauss"),
            "method: got 'gauss', expected one of auto",
        ),
        (lambda: christoffels(HALF_PLANE.metric, POINTS, method="extrinsic"), "expected 'intrinsic'"),
        (lambda: christoffels(EuclideanMetric(), torch.tensor(1.0)), r"z: got shape \(\)"),
        (lambda: geodesic_acceleration(SPHERE.metric, POINTS, POINTS[:, :1]), "v: got shape"),
        (lambda: geodesic_acceleration(SPHERE.metric, POINTS, POINTS.float()), "v: got dtype float32"),
        (lambda: geodesic_acceleration(SPHERE.metric, POINTS.half(), POINTS.half()), "z: got dtype float16"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("problem", [SPHERE, HALF_PLANE], ids=str)
def test_expanded_points_and_vectors_give_what_their_copies_give(problem):
    z = problem.sample(1, generator(3)).expand(4, 2)
    v = torch.tensor([0.3, -0.2], dtype=torch.float64).expand(4, 2)
    metric = problem.metric
    assert torch.equal(christoffels(metric, z), christoffels(metric, z.clone()))
    assert torch.equal(
        geodesic_acceleration(metric, z, v), geodesic_acceleration(metric, z.clone(), v.clone())
    )
    assert torch.equal(metric.norm(z, v), metric.norm(z.clone(), v.clone()))
