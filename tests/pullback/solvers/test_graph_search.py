"""Shortest paths on a graph of nodes, refined to geodesics."""

import problems
import pytest
import torch
from pullback import EuclideanMetric, PullbackMetric, geodesic


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


@pytest.mark.parametrize(
    ("solver", "options", "message"),
    [
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
