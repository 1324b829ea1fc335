"""What geodesic distances must satisfy whatever the surface."""

import problems
import pytest
import torch
from pullback import MetricField, PullbackMetric, distance, geodesic

OPTIONS = {"tol": 1e-9, "n_segments": 48}


@pytest.mark.parametrize("problem", problems.PROBLEMS, ids=str)
def test_the_way_back_is_the_way_there(problem):
    z0, z1 = problem.sample_pairs(6, problems.generator(1))
    there, back = geodesic(problem.metric, z0, z1, **OPTIONS), geodesic(problem.metric, z1, z0, **OPTIONS)
    assert torch.allclose(there.length, back.length, rtol=1e-9)
    assert torch.allclose(there.curve, back.curve.flip(1), atol=1e-5)


@pytest.mark.parametrize("problem", problems.WITH_DISTANCE, ids=str)
def test_the_triangle_inequality_holds(problem):
    a, b = problem.sample_pairs(8, problems.generator(2))
    c = problem.sample(8, problems.generator(3))
    ab, bc, ac = (distance(problem.metric, *ends, **OPTIONS) for ends in ((a, b), (b, c), (a, c)))
    assert (ac <= (ab + bc) * (1 + 1e-3)).all()


@pytest.mark.parametrize("problem", problems.PROBLEMS, ids=str)
def test_geodesics_run_at_constant_speed_and_are_no_longer_than_the_straight_line(problem):
    z0, z1 = problem.sample_pairs(6, problems.generator(4))
    found = geodesic(problem.metric, z0, z1, **OPTIONS)
    line = geodesic(problem.metric, z0, z1, n_segments=48, max_steps=0, starts="line")
    assert found.converged.all()
    assert torch.allclose(found.length**2, 2 * found.energy, rtol=2e-4)
    assert (found.energy <= line.energy * (1 + 1e-12)).all()


def test_the_length_does_not_depend_on_latent_coordinates():
    """z = h(y) with a nonlinear diffeomorphism h: the same curve, other numbers."""

    def change(y):
        return torch.stack([y[..., 0] + 0.1 * y[..., 1] ** 2, 2 * y[..., 1] + 0.2 * y[..., 0].sin()], dim=-1)

    moved = PullbackMetric(lambda y: problems.CATENOID.immersion(change(y)))
    y0, y1 = problems.CATENOID.sample_pairs(8, problems.generator(5))
    here = geodesic(moved, y0 / 2, y1 / 2, **OPTIONS)
    there = geodesic(problems.CATENOID.metric, change(y0 / 2), change(y1 / 2), **OPTIONS)
    assert torch.allclose(here.length, there.length, rtol=1e-8)
    assert torch.allclose(change(here.curve), there.curve, atol=1e-5)


def test_isometries_of_the_ambient_space_change_nothing(generator):
    Q = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64, generator=generator))[0]
    turned = PullbackMetric(lambda z: problems.CATENOID.immersion(z) @ Q.T + 5)
    z0, z1 = problems.CATENOID.sample_pairs(6, problems.generator(7))
    before, after = (geodesic(metric, z0, z1, **OPTIONS) for metric in (problems.CATENOID.metric, turned))
    assert torch.allclose(before.length, after.length, rtol=1e-9)
    assert torch.allclose(before.curve, after.curve, atol=1e-6)


@pytest.mark.parametrize("problem", [problems.SPHERE, problems.PSEUDOSPHERE, problems.THREE_SPHERE], ids=str)
def test_the_same_metric_with_and_without_features_has_the_same_geodesics(problem):
    z0, z1 = problem.sample_pairs(5, problems.generator(8))
    chords = geodesic(problem.metric, z0, z1, n_segments=100)
    quadrature = geodesic(MetricField(problem.matrix), z0, z1, n_segments=100)
    assert quadrature.converged.all()
    assert torch.allclose(chords.length, quadrature.length, rtol=5e-4)
    assert torch.allclose(chords.curve, quadrature.curve, atol=5e-3)
