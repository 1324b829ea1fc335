"""Geodesics as cubic splines of a few knots."""

import problems
import pytest
import torch
from pullback import geodesic


@pytest.mark.convergence
def test_splines_with_more_knots_come_closer():
    z0, z1 = problems.HYPERBOLIC_PARABOLOID.sample_pairs(4, problems.generator(6))
    metric = problems.HYPERBOLIC_PARABOLOID.metric
    exact = geodesic(metric, z0, z1, n_segments=64)
    errors = []
    for n_knots in (1, 3, 7, 15):
        found = geodesic(metric, z0, z1, n_segments=64, solver="spline", n_knots=n_knots, max_steps=300)
        errors.append((found.energy / exact.energy - 1).max().item())
    assert all(error > -1e-12 for error in errors)
    assert errors[3] < errors[2] < errors[1] < errors[0]
    assert errors[3] < 1e-5


def test_as_many_knots_as_nodes_make_the_spline_the_discrete_geodesic():
    z0, z1 = problems.CATENOID.sample_pairs(4, problems.generator(6))
    found = geodesic(problems.CATENOID.metric, z0, z1, n_segments=12, solver="spline", n_knots=99, tol=1e-9)
    exact = geodesic(problems.CATENOID.metric, z0, z1, n_segments=12, tol=1e-9)
    assert torch.allclose(found.curve, exact.curve, atol=1e-6)


@pytest.mark.parametrize(
    ("solver", "options", "message"),
    [
        ("spline", {"n_knots": 0}, "n_knots: got 0"),
    ],
)
def test_bad_options_of_the_solvers_are_refused_by_name(solver, options, message):
    z0, z1 = problems.SPHERE.sample_pairs(2, problems.generator())
    with pytest.raises(ValueError) as refusal:
        geodesic(problems.SPHERE.metric, z0, z1, solver=solver, **options)
    assert message in str(refusal.value)
