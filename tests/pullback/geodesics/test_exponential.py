"""exp against closed forms, and what it refuses."""

import math

import problems
import pytest
import torch
from pullback import MetricField, PullbackMetric, exp, log


def velocities(problem, n, generator, size=0.3):
    z = problem.sample(n, generator)
    v = torch.randn(n, problem.d, dtype=torch.float64, generator=generator)
    return z, size * v / problem.metric.norm(z, v)[:, None]


@pytest.mark.parametrize("problem", problems.WITH_GEODESIC, ids=str)
def test_exp_runs_along_the_known_geodesic(problem, generator):
    """eq-exp"""
    z0, z1 = problem.sample_pairs(6, generator)
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    truth = problem.geodesic(z0, z1, t)
    fine = problem.geodesic(z0, z1, torch.tensor([-2e-4, -1e-4, 0, 1e-4, 2e-4], dtype=torch.float64))
    v = (fine[:, 0] - 8 * fine[:, 1] + 8 * fine[:, 3] - fine[:, 4]) / 12e-4
    path = exp(problem.metric, z0, v, n_segments=8, return_path=True)
    torch.testing.assert_close(path, truth, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("problem", problems.WITH_DISTANCE, ids=str)
def test_exp_goes_as_far_as_its_vector_is_long(problem, generator):
    """eq-exp"""
    z, v = velocities(problem, 8, generator)
    distance = problem.distance(z, exp(problem.metric, z, v))
    torch.testing.assert_close(distance, torch.full_like(distance, 0.3), rtol=1e-7, atol=0)


@pytest.mark.parametrize("problem", problems.PROBLEMS, ids=str)
def test_a_geodesic_keeps_its_speed_and_runs_back_to_its_start(problem, generator):
    """eq-geodesic-equation"""
    z, v = velocities(problem, 5, generator)
    there = exp(problem.metric, z, v, return_result=True)
    speed = problem.metric.norm(there.point, there.velocity)
    torch.testing.assert_close(speed, problem.metric.norm(z, v), rtol=1e-8, atol=0)
    back = exp(problem.metric, there.point, there.velocity, t=-1.0)
    torch.testing.assert_close(back, z, rtol=1e-7, atol=1e-8)


def test_a_meridian_of_the_sphere_is_run_past_the_antipode_in_an_oblique_chart(generator):
    """eq-exp: great circles close after 2 pi; the chart is stereographic, so the circle avoids its pole."""
    metric = MetricField(
        lambda z: 4 * torch.eye(2, dtype=z.dtype) / (1 + z.square().sum(-1))[..., None, None] ** 2
    )
    z = torch.tensor([[0.3, 0.2], [0.6, -0.1]], dtype=torch.float64)
    v = torch.tensor([[0.4, 0.9], [0.2, 1.0]], dtype=torch.float64)
    v = 2 * math.pi * v / metric.norm(z, v)[:, None]
    torch.testing.assert_close(exp(metric, z, v), z, rtol=0, atol=1e-7)


def test_time_scales_the_vector(generator):
    z, v = velocities(problems.TORUS, 4, generator, size=1.0)
    t = torch.tensor([0.5, 1.0, -0.3, 2.0], dtype=torch.float64)
    torch.testing.assert_close(
        exp(problems.TORUS.metric, z, v, t=t), exp(problems.TORUS.metric, z, t[:, None] * v)
    )


@pytest.mark.parametrize("rtol", [1e-4, 1e-7, 1e-10])
def test_the_error_of_exp_follows_its_tolerance(rtol, generator):
    z, v = velocities(problems.TORUS, 8, generator, size=3.0)
    truth = exp(problems.TORUS.metric, z, v, rtol=1e-13)
    error = (exp(problems.TORUS.metric, z, v, rtol=rtol) - truth).abs().max()
    assert error < 100 * rtol


def test_short_vectors_are_as_exact_as_long_ones(generator):
    z, v = velocities(problems.SPHERE, 8, generator, size=1e-6)
    moved = exp(problems.SPHERE.metric, z, v) - z
    second_order = torch.einsum("bkij,bi,bj->bk", problems.SPHERE.christoffels(z), v, v) / 2
    torch.testing.assert_close(moved, v - second_order, rtol=1e-8, atol=1e-15)


def test_no_velocity_goes_nowhere(generator):
    z = problems.TORUS.sample(3, generator)
    assert torch.equal(exp(problems.TORUS.metric, z, torch.zeros_like(z)), z)


def test_a_batch_equals_its_rows(generator):
    z, v = velocities(problems.PSEUDOSPHERE, 6, generator)
    batch = exp(problems.PSEUDOSPHERE.metric, z.reshape(2, 3, 2), v.reshape(2, 3, 2))
    assert batch.shape == (2, 3, 2)
    rows = torch.stack([exp(problems.PSEUDOSPHERE.metric, a, b) for a, b in zip(z, v)])
    torch.testing.assert_close(batch.reshape(6, 2), rows, rtol=1e-13, atol=1e-13)


def test_starts_and_vectors_broadcast(generator):
    z, v = velocities(problems.TORUS, 4, generator)
    fan = exp(problems.TORUS.metric, z[0], v)
    assert fan.shape == (4, 2)
    torch.testing.assert_close(fan[2], exp(problems.TORUS.metric, z[0], v[2]))


def test_single_precision_and_the_arguments_are_kept(generator):
    z, v = (x.float() for x in velocities(problems.TORUS, 4, generator))
    copies = z.clone(), v.clone()
    end = exp(problems.TORUS.metric, z, v)
    assert end.dtype == torch.float32
    assert torch.equal(z, copies[0])
    assert torch.equal(v, copies[1])
    double = exp(problems.TORUS.metric, z.double(), v.double())
    torch.testing.assert_close(end.double(), double, rtol=0, atol=2e-5)


def test_exp_is_differentiable_in_its_vector(generator):
    z, v = velocities(problems.TORUS, 1, generator, size=1.0)
    v.requires_grad_()
    (slope,) = torch.autograd.grad(exp(problems.TORUS.metric, z, v)[0, 0], v)
    step = torch.tensor([[1e-5, 0.0]], dtype=torch.float64)
    ends = [exp(problems.TORUS.metric, z, v.detach() + s * step)[0, 0] for s in (1, -1)]
    assert slope[0, 0] == pytest.approx(((ends[0] - ends[1]) / 2e-5).item(), abs=1e-6)


def test_a_geodesic_that_leaves_the_chart_is_an_error_and_its_neighbour_is_found():
    """The rim u = 0 of the pseudosphere is reached after log cosh(u)."""
    metric = problems.PSEUDOSPHERE.metric
    z = torch.tensor([[1.0, 0.0], [1.0, 0.0]], dtype=torch.float64)
    v = torch.tensor([[-2.0, 0.0], [0.5, 0.0]], dtype=torch.float64)
    with pytest.raises(ValueError, match="v: got 1 of 2 geodesics that cannot be followed"):
        exp(metric, z, v, max_steps=40)
    found = exp(metric, z, v, max_steps=40, return_result=True)
    assert found.converged.tolist() == [False, True]
    assert found.point[0].isnan().all()
    assert found.point[1].isfinite().all()


def test_the_domain_of_a_metric_that_refuses_points_outside_bounds_one_row_only():
    def inside(z):
        G = torch.eye(2, dtype=z.dtype) / z[..., 1, None, None] ** 2
        return torch.where(z[..., 1, None, None] > 0, G, torch.nan)

    z = torch.tensor([[0.0, 1.0], [0.0, 1.0]], dtype=torch.float64)
    v = torch.tensor([[0.0, -40.0], [0.3, 0.4]], dtype=torch.float64)
    found = exp(MetricField(inside), z, v, max_steps=40, return_result=True)
    assert found.converged[1]


def test_bad_arguments_of_exp_are_named(generator):
    z, v = velocities(problems.TORUS, 2, generator)
    metric = problems.TORUS.metric
    with pytest.raises(ValueError, match="v: got shape"):
        exp(metric, z, v[:, :1])
    with pytest.raises(ValueError, match="z: got 1 NaN"):
        exp(metric, torch.tensor([math.nan, 0.0]), v[0].float())
    with pytest.raises(ValueError, match="n_segments: got 0"):
        exp(metric, z, v, n_segments=0)


def test_an_empty_batch_stays_empty():
    z = torch.zeros(0, 2, dtype=torch.float64)
    assert exp(PullbackMetric(problems.TORUS.immersion), z, z).shape == (0, 2)


@pytest.mark.convergence
@pytest.mark.parametrize("problem", [problems.SPHERE, problems.POINCARE_BALL], ids=str)
def test_without_shooting_log_is_second_order_in_the_segments(problem, generator):
    z0, z1 = problem.sample_pairs(4, generator)
    truth = log(problem.metric, z0, z1)
    errors = [
        (log(problem.metric, z0, z1, shooting=False, n_segments=n, tol=1e-9) - truth).norm() for n in (16, 32)
    ]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.3)


def test_the_logarithm_of_the_point_itself_is_zero(generator):
    z = problems.SPHERE.sample(3, generator)
    found = log(problems.SPHERE.metric, z, z, return_result=True)
    assert found.converged.all()
    assert torch.equal(found.velocity, torch.zeros_like(z))


def test_starts_broadcast_and_single_precision_is_kept(generator):
    z0, z1 = (z.float() for z in problems.SPHERE.sample_pairs(5, generator))
    fan = log(problems.SPHERE.metric, z0[0], z1)
    assert fan.shape == (5, 2)
    assert fan.dtype == torch.float32
    double = log(problems.SPHERE.metric, z0[0].double(), z1.double())
    torch.testing.assert_close(fan.double(), double, rtol=1e-3, atol=1e-3)


def test_bad_arguments_of_log_are_named():
    z = torch.zeros(3, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="z1: got shape"):
        log(problems.PLANE.metric, z, torch.zeros(3, 3, dtype=torch.float64))
    with pytest.raises(ValueError, match="solver: got 'magic'"):
        log(problems.PLANE.metric, z, z + 1, solver="magic")


def test_no_pairs_have_no_velocities():
    z = torch.zeros(0, 2, dtype=torch.float64)
    assert log(problems.SPHERE.metric, z, z).shape == (0, 2)


def test_log_of_a_singular_metric_names_the_metric():
    flattened = PullbackMetric(lambda z: torch.cat([z[..., :1], z[..., :1].sin(), 0 * z[..., 1:]], dim=-1))
    ends = torch.tensor([[0.0, 0.0], [0.4, 0.3]], dtype=torch.float64)
    with pytest.raises(ValueError, match="metric: singular"):
        log(flattened, ends[0], ends[1])
