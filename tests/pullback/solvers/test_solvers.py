"""The other solvers: they agree with Gauss-Newton where they should, and say so where they fail."""

import problems
import pytest
import torch
from pullback import EuclideanMetric, PullbackMetric, geodesic
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


@pytest.mark.parametrize("solver", ["spline", "ode", "graph", "fixed-point", "shao-decoder"])
def test_shapes_and_dtypes_do_not_depend_on_the_solver(solver):
    z0, z1 = problems.SPHERE.sample_pairs(4, problems.generator(5))
    z0, z1 = z0.reshape(2, 2, 2), z1.reshape(2, 2, 2)
    z1[0, 0] = z0[0, 0]
    found = geodesic(problems.SPHERE.metric, z0, z1, n_segments=6, solver=solver, max_steps=5)
    assert found.curve.shape == (2, 2, 7, 2)
    for field in (found.length, found.converged, found.n_steps, found.residual):
        assert field.shape == (2, 2)
    assert found.curve.dtype == found.residual.dtype == torch.float64
    assert found.converged[0, 0]
    assert found.length[0, 0] == 0


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


def test_the_graph_finds_the_way_round_a_mountain_where_the_straight_line_leads_over_its_pass():
    """Two peaks and a pass between: over the pass runs a geodesic, far longer than the way round."""

    def immersion(z):
        x, y = z.unbind(-1)
        height = 12 * sum(torch.exp(-1.5 * (x**2 + (y - peak) ** 2)) for peak in (-0.9, 0.9))
        return torch.stack([x, y, height], dim=-1)

    metric = PullbackMetric(immersion)
    z0, z1 = torch.tensor([[-2.0, 0.0]]).double(), torch.tensor([[2.0, 0.0]]).double()
    line = geodesic(metric, z0, z1, starts="line", n_segments=100)
    graph = geodesic(metric, z0, z1, solver="graph", n_segments=100, nodes=_box(-5, 5, 40))
    assert line.converged
    assert graph.converged
    assert graph.length < 0.6 * line.length


def test_an_unrefined_path_is_near_the_geodesic_and_is_not_called_converged():
    z0, z1 = problems.SPHERE.sample_pairs(4, problems.generator(7))
    path = geodesic(problems.SPHERE.metric, z0, z1, solver="graph", refine=False)
    exact = problems.SPHERE.distance(z0, z1)
    assert not path.converged.any()
    assert (path.length < 1.1 * exact).all()


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


def test_a_boundary_value_problem_that_fails_is_reported_and_not_replaced():
    """Few nodes allowed on a wild surface: the solver gives up, the curve is no straight line."""
    wild = PullbackMetric(lambda z: torch.cat([z, (9 * z).sin(), (7 * z.flip(-1)).cos()], dim=-1))
    z0, z1 = torch.tensor([[-1.0, -0.7]]).double(), torch.tensor([[0.9, 1.0]]).double()
    found = geodesic(wild, z0, z1, n_segments=16, solver="ode", max_nodes=20)
    line = torch.linspace(0, 1, 17, dtype=torch.float64)[:, None] * (z1 - z0) + z0
    assert not found.converged.any()
    assert not torch.allclose(found.curve[0], line, atol=1e-3)
    assert "1 of 1 curves did not converge" in found.message


def test_a_fixed_point_that_runs_out_of_iterations_is_reported():
    z0, z1 = problems.SPHERE.sample_pairs(4, problems.generator(7))
    found = geodesic(problems.SPHERE.metric, z0, z1, solver="fixed-point", max_steps=1, threshold=1e-8)
    assert not found.converged.any()
    assert (found.n_steps == 1).all()


def test_the_fixed_point_has_the_accelerations_of_a_geodesic_at_its_knots():
    """`eq-fixed-point`: with a tight threshold the discrete residual falls too."""
    z0, z1 = problems.SPHERE.sample_pairs(4, problems.generator(8))
    loose = geodesic(problems.SPHERE.metric, z0, z1, solver="fixed-point")
    tight = geodesic(problems.SPHERE.metric, z0, z1, solver="fixed-point", threshold=1e-10, n_knots=20)
    assert tight.converged.all()
    assert (tight.residual < loose.residual).all()
    assert tight.residual.max() < 5e-3


@pytest.mark.parametrize(
    ("solver", "options", "message"),
    [
        ("spline", {"n_knots": 0}, "n_knots: got 0"),
        ("fixed-point", {"n_knots": 2}, "n_knots: got 2"),
        ("fixed-point", {"trace": True}, "trace: got True"),
        ("ode", {"trace": True}, "trace: got True"),
        ("ode", {"max_steps": 0}, "max_steps: got 0"),
        ("graph", {"nodes": torch.zeros(5, 3)}, "nodes: got shape"),
    ],
)
def test_bad_options_of_the_solvers_are_refused_by_name(solver, options, message):
    z0, z1 = problems.SPHERE.sample_pairs(2, problems.generator())
    with pytest.raises(ValueError) as refusal:
        geodesic(problems.SPHERE.metric, z0, z1, solver=solver, **options)
    assert message in str(refusal.value)


def test_one_neighbour_is_enough_to_walk_a_row_of_nodes_ever_farther_apart():
    row = torch.stack([2.0 ** torch.arange(9), torch.zeros(9)], dim=-1).double()
    options = {"solver": "graph", "nodes": row[1:-1], "n_neighbours": 1, "refine": False}
    path = geodesic(EuclideanMetric(), row[0], row[-1], **options)
    torch.testing.assert_close(path.length, torch.tensor(255.0).double())


def test_graphs_in_several_pieces_and_without_nodes_are_refused():
    z0, z1 = problems.THREE_SPHERE.sample_pairs(2, problems.generator())
    with pytest.raises(ValueError, match="nodes: got none for d = 3"):
        geodesic(problems.THREE_SPHERE.metric, z0, z1, solver="graph")
    far = torch.cat([torch.rand(20, 2, generator=problems.generator()), torch.full((1, 2), 9.0)]).double()
    far = torch.cat([far, far[-1:] + torch.rand(20, 2, generator=problems.generator())])
    with pytest.raises(ValueError, match="graph in several pieces"):
        geodesic(problems.PLANE.metric, far[0], far[-1], solver="graph", nodes=far, n_neighbours=3)


def _box(low, high, side):
    axis = torch.linspace(low, high, side, dtype=torch.float64)
    return torch.stack(torch.meshgrid(axis, axis, indexing="ij"), dim=-1).reshape(-1, 2)
