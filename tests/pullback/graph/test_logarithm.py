"""Logarithms read off the distances of a graph."""

import torch
from problems import HALF_PLANE
from pullback import log
from pullback.graph.latent_graph import LatentGraph
from pullback.graph.logarithm import graph_logarithm, stencil


def test_logarithms_on_the_half_plane_are_those_of_the_closed_form():
    """`eq-log`: straight up by the logarithm of the ratio of heights, and as long as the distance."""
    spots = torch.tensor([[0.0, 1.5], [0.0, 0.7], [0.6, 1.0], [-0.5, 1.4]], dtype=torch.float64)
    box = torch.tensor([[-1.0, 0.5], [1.0, 2.0]], dtype=torch.float64)
    graph = LatentGraph(HALF_PLANE.metric, box, side=91, margin=0.0)
    node = int((graph.nodes - torch.tensor([0.0, 1.0])).norm(dim=-1).argmin())
    base, around = graph.nodes[node], stencil(node, 91)
    near = graph.distances(spots).to_nodes[:, around]
    found = graph_logarithm(base, graph.nodes[around], near, HALF_PLANE.metric.matrix(base))
    known = log(HALF_PLANE.metric, base, spots)
    assert ((found - known).norm(dim=-1) / known.norm(dim=-1)).max() < 0.08
    lengths = HALF_PLANE.metric.norm(base, found)
    torch.testing.assert_close(lengths, HALF_PLANE.distance(base, spots), rtol=0.03, atol=0.0)
