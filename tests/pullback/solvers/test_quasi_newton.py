"""Quasi-Newton finds the curves that Gauss-Newton finds, from gradients alone."""

import problems
import pytest
import torch
from convolutional_networks import batch_normalised_decoder, instance_normalised_decoder
from pullback import EuclideanMetric, MetricField, PullbackMetric, geodesic
from pullback.solvers.quasi_newton import _State
from pullback.solvers.stationarity import stationarity

SURFACES = [problems.SPHERE, problems.PSEUDOSPHERE, problems.CATENOID, problems.THREE_SPHERE]


@pytest.mark.parametrize("problem", SURFACES, ids=str)
def test_it_finds_the_minimiser_that_gauss_newton_finds(problem):
    z0, z1 = problem.sample_pairs(6, problems.generator(3))
    options = {"n_segments": 16, "starts": "line"}
    exact = geodesic(problem.metric, z0, z1, tol=1e-9, **options)
    found = geodesic(problem.metric, z0, z1, tol=1e-7, solver="quasi-newton", **options)
    assert found.converged.all()
    assert (found.residual <= 1e-7).all()
    assert torch.allclose(found.energy, exact.energy, rtol=1e-12)
    assert torch.allclose(found.curve, exact.curve, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["single", "double"])
def test_a_decoder_of_convolutions_is_solved_pair_by_pair_as_in_a_batch(dtype):
    metric = PullbackMetric(batch_normalised_decoder(3).to(dtype))
    z0, z1 = torch.randn(2, 3, 3, generator=problems.generator(1), dtype=torch.float64).to(dtype)
    options = {"solver": "quasi-newton", "n_segments": 8, "tol": 1e-3}
    together = geodesic(metric, z0, z1, **options)
    alone = [geodesic(metric, a, b, **options) for a, b in zip(z0, z1, strict=True)]
    assert together.converged.all()
    assert together.curve.dtype == dtype
    assert torch.allclose(together.energy, torch.stack([one.energy for one in alone]), rtol=1e-4)


@pytest.mark.parametrize("refresh_every", [7, 1000])
def test_what_has_converged_is_stationary_by_the_metric_where_it_ends(refresh_every):
    """Its curves travel to where the decoder hardly changes, and a metric read at the start flatters them."""
    metric = PullbackMetric(instance_normalised_decoder(6))
    z0, z1 = 3 * torch.randn(2, 20, 6, generator=problems.generator(1))
    options = {"solver": "quasi-newton", "n_segments": 8, "tol": 1e-2, "refresh_every": refresh_every}
    found = geodesic(metric, z0, z1, max_steps=400, **options)
    assert found.converged.all()
    assert (stationarity(metric, found.curve) <= 1e-2 * (1 + 1e-4)).all()


def test_one_step_from_any_curve_reaches_the_straight_line_where_the_metric_is_constant():
    z0, z1 = problems.PLANE.sample_pairs(3, problems.generator(4))
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    bent = problems.PLANE.geodesic(z0, z1, t)
    bent[:, 1:-1] += torch.randn(3, 7, 2, generator=problems.generator(5), dtype=torch.float64)
    found = geodesic(problems.PLANE.metric, z0, z1, n_segments=8, solver="quasi-newton", starts=bent[None])
    assert (found.n_steps == 1).all()
    assert torch.allclose(found.curve, problems.PLANE.geodesic(z0, z1, t), atol=1e-6)


def test_the_energy_never_rises_and_a_solve_cut_short_says_so():
    z0, z1 = problems.SPHERE.sample_pairs(5, problems.generator(3))
    options = {"solver": "quasi-newton", "tol": 1e-9, "trace": True}
    cut = geodesic(problems.SPHERE.metric, z0, z1, max_steps=3, **options)
    assert not cut.converged.any()
    assert (cut.n_steps == 3).all()
    assert (cut.residual > 1e-9).all()
    whole = geodesic(problems.SPHERE.metric, z0, z1, **options)
    assert whole.converged.all()
    assert (whole.trace.diff(dim=1) <= 1e-12 * whole.trace[:, :-1]).all()


@pytest.mark.parametrize(
    ("metric", "options", "message"),
    [
        (MetricField(lambda z: torch.eye(2).expand(*z.shape, 2)), {}, "metric: got MetricField"),
        (EuclideanMetric(), {"memory": 0}, "memory, refresh_every: got 0, 40"),
        (EuclideanMetric(), {"refresh_every": 0}, "memory, refresh_every: got 20, 0"),
        (EuclideanMetric(), {"starts": ["line", "arcs"]}, "starts: got 3 curves per pair"),
    ],
)
def test_what_it_cannot_do_is_refused(metric, options, message):
    with pytest.raises(ValueError, match=message):
        geodesic(metric, torch.zeros(2), torch.ones(2), solver="quasi-newton", **options)


def test_the_square_of_the_residual_is_the_excess_energy_where_the_metric_is_constant():
    """`eq-discrete-energy`: with a constant metric the first Hessian is exact: g . H^-1 g / 2 = E - min E."""
    z0, z1 = problems.PLANE.sample_pairs(3, problems.generator(4))
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    straight = problems.PLANE.geodesic(z0, z1, t)
    bent = straight.clone()
    bent[:, 1:-1] += torch.randn(3, 7, 2, generator=problems.generator(5), dtype=torch.float64)
    options = {"n_segments": 8, "solver": "quasi-newton", "max_steps": 0}
    start, best = (
        geodesic(problems.PLANE.metric, z0, z1, starts=c[None], **options) for c in (bent, straight)
    )
    torch.testing.assert_close(start.residual**2, (start.energy - best.energy) / start.energy)


def test_the_newest_change_of_the_gradient_is_mapped_to_the_move_that_made_it():
    """The secant equation H y = s (Nocedal and Wright 2006, eq. 6.17): what makes a method quasi-Newton."""
    z0, z1 = problems.SPHERE.sample_pairs(5, problems.generator(3))
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    state = _State(problems.SPHERE.metric, z0[:, None] + t[:, None] * (z1 - z0)[:, None], memory=4)
    everyone = torch.arange(5)
    for _ in range(3):
        state.step(everyone)
    assert (state.curvature[-1] > 0).all()
    state.gradient = state.changes[-1].clone()
    torch.testing.assert_close(-state._direction(everyone), state.moves[-1])
