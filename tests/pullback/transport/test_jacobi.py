"""Jacobi fields in closed form, and as derivatives of exp."""

import math

import problems
import pytest
import torch
from curve_problems import short_vectors
from pullback import exp, jacobi_field
from pullback.transport.jacobi import exp_derivative


def frame(problem, generator):
    """A point, a unit velocity and a unit normal."""
    z = problem.sample(1, generator)[0]
    v, u = torch.randn(2, problem.d, dtype=torch.float64, generator=generator)
    v = v / problem.metric.norm(z, v)
    u = u - problem.metric.inner_product(z, u, v) * v
    return z, v, u / problem.metric.norm(z, u)


@pytest.mark.parametrize(
    ("problem", "profile"),
    [
        (problems.SPHERE, torch.sin),
        (problems.THREE_SPHERE, torch.sin),
        (problems.VERONESE, lambda t: 2 * (t / 2).sin()),
        (problems.HALF_PLANE, torch.sinh),
        (problems.POINCARE_BALL, torch.sinh),
        (problems.CONE, lambda t: t),
    ],
    ids=lambda value: str(value) if isinstance(value, problems.Problem) else "",
)
def test_a_normal_field_from_zero_grows_as_constant_curvature_says(problem, profile, generator):
    """eq-jacobi: |J| = sin t, sinh t or t."""
    z, v, u = frame(problem, generator)
    found = jacobi_field(problem.metric, z, v, torch.zeros_like(v), u, t=0.4, n_segments=8)
    t = torch.linspace(0, 0.4, 9, dtype=torch.float64)
    assert found.converged
    torch.testing.assert_close(problem.metric.norm(found.curve, found.field), profile(t), rtol=0, atol=1e-7)
    slope = torch.func.vmap(torch.func.grad(profile))(t)
    rate = problem.metric.norm(found.curve, found.derivative)
    torch.testing.assert_close(rate, slope, rtol=0, atol=1e-6)


def test_a_normal_field_at_rest_is_a_cosine_on_the_sphere(generator):
    """eq-jacobi"""
    z, v, u = frame(problems.SPHERE, generator)
    found = jacobi_field(problems.SPHERE.metric, z, v, u, torch.zeros_like(u), t=0.5)
    assert problems.SPHERE.metric.norm(found.curve[-1], found.field[-1]).item() == pytest.approx(
        math.cos(0.5), abs=1e-7
    )


def test_opposite_points_of_the_sphere_are_conjugate():
    """eq-jacobi: along the equator the field sin(t) vanishes at pi."""
    z, v, u = torch.tensor([[math.pi / 2, 0.0], [0.0, 1.0], [1.0, 0.0]], dtype=torch.float64)
    found = jacobi_field(problems.SPHERE.metric, z, v, torch.zeros_like(u), u, t=math.pi)
    assert found.field[-1].norm() < 1e-7
    assert found.derivative[-1, 0].item() == pytest.approx(-1, abs=1e-7)


@pytest.mark.parametrize("problem", problems.PROBLEMS, ids=str)
def test_the_velocity_times_a_linear_function_is_a_jacobi_field(problem, generator):
    """eq-jacobi"""
    z, v, _ = frame(problem, generator)
    found = jacobi_field(problem.metric, z, v, 2 * v, 3 * v, t=0.3, n_segments=3)
    factor = 2 + 3 * torch.linspace(0, 0.3, 4, dtype=torch.float64)[:, None]
    torch.testing.assert_close(found.field, factor * found.velocity, rtol=1e-6, atol=1e-7)
    torch.testing.assert_close(found.derivative, 3 * found.velocity, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("problem", [problems.TORUS, problems.SADDLE, problems.TWO_SPHERES], ids=str)
def test_a_field_from_zero_is_the_derivative_of_exp(problem, generator):
    """eq-jacobi"""
    z, v, u = frame(problem, generator)
    t, h = 0.6, 1e-4
    found = jacobi_field(problem.metric, z, v, torch.zeros_like(u), u, t=t)
    ends = [exp(problem.metric, z, t * (v + s * h * u), rtol=1e-12) for s in (1, -1)]
    torch.testing.assert_close(found.field[-1], (ends[0] - ends[1]) / (2 * h), rtol=1e-6, atol=1e-6)


def test_a_batch_equals_its_rows(generator):
    z = problems.TORUS.sample(3, generator)
    v, J, DJ = torch.randn(3, 3, 2, dtype=torch.float64, generator=generator)
    batch = jacobi_field(problems.TORUS.metric, z, v, J, DJ, n_segments=2)
    for i in range(3):
        row = jacobi_field(problems.TORUS.metric, z[i], v[i], J[i], DJ[i], n_segments=2)
        torch.testing.assert_close(batch.field[i], row.field, rtol=1e-11, atol=1e-11)
        torch.testing.assert_close(batch.derivative[i], row.derivative, rtol=1e-11, atol=1e-11)


def test_a_field_beyond_the_chart_is_reported():
    z, v, u = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    found = jacobi_field(problems.PSEUDOSPHERE.metric, z, v, u, u, t=3.0, n_segments=3, max_steps=40)
    assert not found.converged
    assert found.field[-1].isnan().all()


def test_bad_arguments_are_named():
    z = torch.ones(2, dtype=torch.float64)
    with pytest.raises(ValueError, match="t: got 0"):
        jacobi_field(problems.PLANE.metric, z, z, z, z, t=0.0)
    with pytest.raises(ValueError, match="n_segments: got 0"):
        jacobi_field(problems.PLANE.metric, z, z, z, z, n_segments=0)
    with pytest.raises(ValueError, match="DJ0: got shape"):
        jacobi_field(problems.PLANE.metric, z, z, z, z[:1])


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
