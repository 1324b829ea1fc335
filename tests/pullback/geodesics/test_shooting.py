"""log: the inverse of exp, by shooting."""

import itertools
import math

import problems
import pytest
import torch
from curve_problems import short_vectors
from problems import HALF_PLANE
from pullback import PullbackMetric, exp, log

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


def test_a_batch_of_pairs_equals_single_pairs(generator):
    z0, z1 = problems.TORUS.sample_pairs(4, generator)
    z1 = z0 + 0.2 * z1
    batch = log(problems.TORUS.metric, z0.reshape(2, 2, 2), z1.reshape(2, 2, 2)).reshape(4, 2)
    rows = torch.stack([log(problems.TORUS.metric, a, b) for a, b in zip(z0, z1)])
    torch.testing.assert_close(batch, rows, rtol=1e-7, atol=1e-8)


def test_velocities_that_miss_are_counted_in_a_warning(generator):
    z0, z1 = problems.SPHERE.sample_pairs(4, generator)
    with pytest.warns(UserWarning, match="log: 4 of 4 did not converge"):
        log(problems.SPHERE.metric, z0, z1, max_shots=1)
    found = log(problems.SPHERE.metric, z0, z1, max_shots=1, return_result=True)
    assert not found.converged.any()
    assert (found.n_steps == 1).all()


def test_the_residual_of_a_logarithm_is_its_miss_at_the_end_over_its_length_at_the_start():
    """The scale of the half-plane differs tenfold between the ends: no other two metrics give the same."""
    metric = HALF_PLANE.metric
    z0 = torch.tensor([[0.0, 3.0]], dtype=torch.float64)
    z1 = torch.tensor([[0.5, 0.3]], dtype=torch.float64)
    found = log(metric, z0, z1, max_shots=1, n_segments=4, rtol=1e-10, return_result=True)
    assert not found.converged
    end = exp(metric, z0, found.velocity)
    expected = metric.norm(z1, z1 - end) / metric.norm(z0, found.velocity)
    torch.testing.assert_close(found.residual, expected, rtol=1e-4, atol=0)
