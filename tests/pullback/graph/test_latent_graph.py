"""Distances along a graph of the latent plane, where the true ones are known."""

import math

import pytest
import torch
from problems import HALF_PLANE, generator
from pullback import ConformalMetric, EuclideanMetric, MetricField
from pullback.graph.latent_graph import LatentGraph


def test_in_a_flat_plane_the_graph_is_at_most_14_per_mille_too_long_between_nodes():
    z = torch.rand(60, 2, generator=generator(), dtype=torch.float64)
    measured = LatentGraph(EuclideanMetric(), z, side=40).distances(z)
    true = torch.cdist(z, z)
    apart = true > 0.15
    ratio = measured.between[apart] / true[apart]
    assert ratio.min() > 1 - 1e-9
    assert ratio.max() < 1.025  # points between the nodes have the way to a node to add
    graph = LatentGraph(EuclideanMetric(), z, side=41)
    middle = graph.nodes[20 * 41 + 20]
    ratio = graph.from_nodes(torch.tensor([20 * 41 + 20]))[0] / (graph.nodes - middle).norm(dim=-1)
    assert 1.012 < ratio.nan_to_num(1.0).max() < 1.014
    assert torch.equal(measured.between, measured.between.T)
    assert measured.between.diagonal().abs().max() == 0


def test_distances_in_the_half_plane_are_those_of_hyperbolic_geometry():
    z = torch.rand(40, 2, generator=generator(), dtype=torch.float64) * torch.tensor([2.0, 1.5])
    z = z + torch.tensor([-1.0, 0.5])
    measured = LatentGraph(HALF_PLANE.metric, z, side=60, margin=0.1).distances(z).between
    true = HALF_PLANE.distance(z[:, None], z)
    apart = true > 0.4
    assert ((measured - true).abs() / true)[apart].max() < 0.03


def ridge(height, width):
    """A metric with a straight ridge along z_0 = 0, which no path to the other side goes round."""
    return ConformalMetric(lambda z: (1 + height * torch.exp(-0.5 * (z[..., 0] / width) ** 2)) ** 2)


@pytest.mark.parametrize("width", [1.0, 0.3, 0.15])
def test_no_edge_steps_over_a_ridge(width):
    """Straight across costs 1 + height exp(...) integrated; a width of 0.15 cells has the last rule's step.

    The ridge lies between two columns of nodes, which see the foot of it at most.
    """
    side, height = 40, 30.0
    cell = 2 / (side - 1)
    corners = torch.tensor([[-1.0, -1.0], [1.0, 1.0]], dtype=torch.float64)
    graph = LatentGraph(ridge(height, width * cell), corners, side=side, margin=0)
    ends = torch.tensor([[-0.9, 0.1], [0.9, 0.1]], dtype=torch.float64)
    true = 1.8 + height * width * cell * (2 * torch.pi) ** 0.5
    found = graph.distances(ends).between[0, 1].item()
    assert true * (1 - 5e-3) <= found <= true * 1.014
    coarse = LatentGraph(ridge(height, width * cell), corners, side=side, margin=0, rtol=10.0)
    if width < 0.3:  # a control: without refinement some edge has no point on the ridge
        assert coarse.distances(ends).between[0, 1].item() < 0.95 * true


def test_a_graph_finds_no_shorter_way_than_one_four_times_as_fine():
    z = torch.rand(12, 2, generator=generator(), dtype=torch.float64)

    def bumps(z):
        steps = 0.5 * torch.sin(23 * z[..., 0]) * torch.sin(19 * z[..., 1])
        return 0.2 + (1 + steps) ** 8

    metric = ConformalMetric(bumps)
    coarse, fine = (LatentGraph(metric, z, side=side, margin=0.1).distances(z).between for side in (25, 97))
    apart = fine > 0.2
    assert ((coarse / fine)[apart] > 0.99).all()


@pytest.mark.parametrize(("factor", "zigzag"), [(2, 0.0514), (3, 0.1122), (5, 0.2876)])
def test_where_a_direction_is_cheap_the_zigzag_costs_what_the_page_says(factor, zigzag):
    scale = torch.tensor([1.0, float(factor)], dtype=torch.float64).square()
    turn = torch.linspace(0, torch.pi / 4, 7, dtype=torch.float64)
    worst = 0.0
    for t in turn.tolist():
        Q = torch.tensor([[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]], dtype=torch.float64)
        G = Q @ scale.diag() @ Q.T
        metric = MetricField(lambda z, G=G: G.expand(*z.shape, 2))
        z = torch.tensor([[-1.0, -1.0], [1.0, 1.0], [0.0, 0.0]], dtype=torch.float64)
        graph = LatentGraph(metric, z, side=41, margin=0)
        far = graph.nodes.norm(dim=-1) > 0.5
        found = graph.distances(z).to_nodes[2][far] / metric.norm(graph.nodes, graph.nodes)[far]
        worst = max(worst, found.max().item() - 1)
    assert 0.7 * zigzag < worst <= zigzag


def test_the_errors_of_edges_are_known_and_small():
    z = torch.rand(10, 2, generator=generator(), dtype=torch.float64) + torch.tensor([0.0, 0.5])
    graph = LatentGraph(HALF_PLANE.metric, z, side=20)
    assert graph.edge_errors.max() < 0.05
    assert LatentGraph(HALF_PLANE.metric, z, side=20, rtol=1e-4).edge_errors.max() < 1e-4
    assert LatentGraph(EuclideanMetric(), z, side=20).edge_errors.max() < 1e-12


def test_a_metric_is_evaluated_at_16_places_per_node_where_it_is_smooth():
    counted = []

    def factor(z):
        counted.append(z[..., 0].numel())
        return 2 + z[..., 0]

    z = torch.rand(10, 2, generator=generator(), dtype=torch.float64)
    LatentGraph(ConformalMetric(factor), z, side=30)
    assert sum(counted) <= 16 * 30 * 30


def test_a_graph_of_another_dimension_is_refused():
    with pytest.raises(ValueError, match=r"points: got shape \(5, 3\), expected \(n, 2\)"):
        LatentGraph(EuclideanMetric(), torch.zeros(5, 3))
