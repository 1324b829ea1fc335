"""log: the inverse of exp, by shooting."""

import itertools
import math

import problems
import pytest
import torch
from pullback import PullbackMetric, exp, log
from pullback.geodesics.jacobi import exp_derivative

INJECTIVE = [
    problems.SPHERE,
    problems.PSEUDOSPHERE,
    problems.TORUS,
    problems.PARABOLOID,
    problems.THREE_SPHERE,
    problems.COMPLEX_PARABOLA,
    problems.TWO_SPHERES,
    problems.HALF_PLANE,
    problems.POINCARE_BALL,
]


def tanh_decoder(d, seed):
    generator = torch.Generator().manual_seed(seed)
    widths = (d, 16, 16, 12)
    layers = []
    for i, (a, b) in enumerate(itertools.pairwise(widths)):
        layer = torch.nn.Linear(a, b, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(torch.randn(b, a, generator=generator, dtype=torch.float64) / math.sqrt(a))
            layer.bias.copy_(0.3 * torch.randn(b, generator=generator, dtype=torch.float64))
        layers += [layer, torch.nn.Tanh()] if i < 2 else [layer]
    return torch.nn.Sequential(*layers).requires_grad_(False)


def short_vectors(metric, z, generator, size):
    v = torch.randn(z.shape, dtype=torch.float64, generator=generator)
    return size * v / metric.norm(z, v)[:, None]


@pytest.mark.parametrize("problem", INJECTIVE, ids=str)
def test_log_undoes_exp(problem, generator):
    """eq-log"""
    z = problem.sample(6, generator)
    v = short_vectors(problem.metric, z, generator, 0.4)
    end = exp(problem.metric, z, v)
    torch.testing.assert_close(log(problem.metric, z, end), v, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("d", [2, 5])
def test_log_and_exp_are_inverse_on_a_tanh_decoder(d, generator):
    """eq-log"""
    metric = PullbackMetric(tanh_decoder(d, seed=3))
    z0 = torch.randn(8, d, dtype=torch.float64, generator=generator)
    z1 = z0 + 0.3 * torch.randn(8, d, dtype=torch.float64, generator=generator)
    found = log(metric, z0, z1, return_result=True)
    assert found.converged.all()
    torch.testing.assert_close(exp(metric, z0, found.velocity), z1, rtol=0, atol=1e-7)
    assert found.residual.max() <= 1e-8


@pytest.mark.parametrize("problem", problems.WITH_DISTANCE, ids=str)
def test_log_is_as_long_as_the_known_distance(problem, generator):
    """eq-log"""
    z0, z1 = problem.sample_pairs(6, generator)
    found = log(problem.metric, z0, z1, return_result=True)
    assert found.converged.all()
    torch.testing.assert_close(found.length, problem.distance(z0, z1), rtol=1e-7, atol=0)


@pytest.mark.convergence
@pytest.mark.parametrize("problem", [problems.SPHERE, problems.POINCARE_BALL], ids=str)
def test_without_shooting_log_is_second_order_in_the_segments(problem, generator):
    z0, z1 = problem.sample_pairs(4, generator)
    truth = log(problem.metric, z0, z1)
    errors = [
        (log(problem.metric, z0, z1, shooting=False, n_segments=n, tol=1e-9) - truth).norm() for n in (16, 32)
    ]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.3)


@pytest.mark.parametrize("problem", [problems.TORUS, problems.THREE_SPHERE, problems.HALF_PLANE], ids=str)
def test_the_derivative_of_exp_equals_finite_differences(problem, generator):
    """eq-jacobi"""
    z = problem.sample(3, generator)
    v = short_vectors(problem.metric, z, generator, 0.5)
    step = 1e-4 * torch.eye(problem.d, dtype=torch.float64)
    columns = [
        (8 * (exp(problem.metric, z, v + e) - exp(problem.metric, z, v - e)))
        - (exp(problem.metric, z, v + 2 * e) - exp(problem.metric, z, v - 2 * e))
        for e in step
    ]
    numeric = torch.stack(columns, dim=-1) / 12e-4
    torch.testing.assert_close(exp_derivative(problem.metric, z, v), numeric, rtol=1e-6, atol=1e-6)


def test_the_logarithm_of_the_point_itself_is_zero(generator):
    z = problems.SPHERE.sample(3, generator)
    found = log(problems.SPHERE.metric, z, z, return_result=True)
    assert found.converged.all()
    assert torch.equal(found.velocity, torch.zeros_like(z))


def test_a_batch_of_pairs_equals_single_pairs(generator):
    z0, z1 = problems.TORUS.sample_pairs(4, generator)
    z1 = z0 + 0.2 * z1
    batch = log(problems.TORUS.metric, z0.reshape(2, 2, 2), z1.reshape(2, 2, 2)).reshape(4, 2)
    rows = torch.stack([log(problems.TORUS.metric, a, b) for a, b in zip(z0, z1)])
    torch.testing.assert_close(batch, rows, rtol=1e-7, atol=1e-8)


def test_starts_broadcast_and_single_precision_is_kept(generator):
    z0, z1 = (z.float() for z in problems.SPHERE.sample_pairs(5, generator))
    fan = log(problems.SPHERE.metric, z0[0], z1)
    assert fan.shape == (5, 2)
    assert fan.dtype == torch.float32
    double = log(problems.SPHERE.metric, z0[0].double(), z1.double())
    torch.testing.assert_close(fan.double(), double, rtol=1e-3, atol=1e-3)


def test_velocities_that_miss_are_counted_in_a_warning(generator):
    z0, z1 = problems.SPHERE.sample_pairs(4, generator)
    with pytest.warns(UserWarning, match="log: 4 of 4 did not converge"):
        log(problems.SPHERE.metric, z0, z1, max_shots=1)
    found = log(problems.SPHERE.metric, z0, z1, max_shots=1, return_result=True)
    assert not found.converged.any()
    assert (found.n_steps == 1).all()


def test_bad_arguments_of_log_are_named():
    z = torch.zeros(3, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="z1: got shape"):
        log(problems.PLANE.metric, z, torch.zeros(3, 3, dtype=torch.float64))
    with pytest.raises(ValueError, match="solver: got 'magic'"):
        log(problems.PLANE.metric, z, z + 1, solver="magic")


def test_no_pairs_have_no_velocities():
    z = torch.zeros(0, 2, dtype=torch.float64)
    assert log(problems.SPHERE.metric, z, z).shape == (0, 2)
