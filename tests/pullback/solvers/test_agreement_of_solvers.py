"""The other solvers agree with Gauss-Newton where they should, and with closed forms."""

import problems
import pytest
import torch
from pullback import geodesic
from pullback.geodesics.geodesic import SOLVERS

SMOOTH = [
    problems.SPHERE,
    problems.PSEUDOSPHERE,
    problems.CATENOID,
    problems.HALF_PLANE,
    problems.THREE_SPHERE,
]


def nodes(problem):
    return {"nodes": problem.sample(600, problems.generator(9))} if problem.d > 2 else {}


@pytest.mark.parametrize("problem", SMOOTH, ids=str)
@pytest.mark.parametrize(
    ("solver", "length_error", "curve_error"),
    [("spline", 1e-4, 2e-3), ("ode", 1e-4, 1e-3), ("graph", 1e-6, 1e-5), ("fixed-point", 1e-2, 0.1)],
)
def test_solvers_agree_on_smooth_problems(problem, solver, length_error, curve_error):
    z0, z1 = problem.sample_pairs(4, problems.generator(3))
    exact = geodesic(problem.metric, z0, z1, tol=1e-8)
    options = nodes(problem) if solver == "graph" else {}
    found = geodesic(problem.metric, z0, z1, solver=solver, **options)
    assert found.solver == solver
    assert found.converged.all()
    assert torch.allclose(found.length, exact.length, rtol=length_error)
    assert torch.allclose(found.curve, exact.curve, atol=curve_error)
    assert torch.equal(found.curve[:, 0], z0)
    assert torch.equal(found.curve[:, -1], z1)


@pytest.mark.parametrize("solver", ["spline", "ode", "graph", "fixed-point", "shao-decoder"])
def test_straight_lines_solve_affine_problems_with_every_solver(solver):
    z0, z1 = problems.PLANE.sample_pairs(3, problems.generator(4))
    found = geodesic(problems.PLANE.metric, z0, z1, n_segments=10, solver=solver)
    t = torch.linspace(0, 1, 11, dtype=torch.float64)
    assert found.converged.all()
    assert torch.allclose(found.curve, problems.PLANE.geodesic(z0, z1, t), atol=1e-5)


@pytest.mark.parametrize("max_steps", [1, 3, 100])
@pytest.mark.parametrize("solver", sorted(set(SOLVERS) - {"shao-encoder"}))
def test_no_solver_calls_a_straight_line_solved_where_the_geodesic_bends(solver, max_steps):
    """Between two places of one latitude the great circle leaves it; who has converged has left it too."""
    z0, z1 = torch.tensor([[[0.6, 0.0], [0.9, 0.2]], [[0.6, 1.8], [0.9, 2.2]]], dtype=torch.float64)
    found = geodesic(problems.SPHERE.metric, z0, z1, n_segments=16, solver=solver, max_steps=max_steps)
    t = torch.linspace(0, 1, 17, dtype=torch.float64)[:, None]
    line = z0[:, None] + t * (z1 - z0)[:, None]
    strayed = (found.curve - line).norm(dim=-1).amax(-1)
    assert (strayed[found.converged] > 0.1).all()
    if max_steps == 100 and not solver.startswith("shao"):
        assert found.converged.all()
