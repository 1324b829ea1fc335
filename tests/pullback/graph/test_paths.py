"""Grids over a box of points, and graphs of edges with lengths."""

import numpy as np
import pytest
import torch
from problems import points
from pullback.graph.paths import box_grid, weighted_graph
from scipy.sparse.csgraph import dijkstra


def test_the_grid_holds_the_box_and_its_margin():
    nodes = box_grid(points([0.0, 10.0], [2.0, 14.0], [1.0, 11.0]), 5, 0.25)
    assert nodes.shape == (25, 2)
    assert nodes.dtype == torch.float64
    assert nodes.amin(0).tolist() == [-0.5, 9.0]
    assert nodes.amax(0).tolist() == [2.5, 15.0]
    spacing = nodes.reshape(5, 5, 2)
    assert spacing[:, 0, 0].diff().tolist() == pytest.approx([0.75] * 4)
    assert spacing[0, :, 1].diff().tolist() == pytest.approx([1.5] * 4)


def test_points_on_a_line_have_a_grid_that_is_no_line():
    flat = box_grid(points([0.0, 1.0], [4.0, 1.0]), 4, 0.5)
    assert flat[:, 1].unique().tolist() == pytest.approx([0.5, 0.8333333, 1.1666667, 1.5])
    assert box_grid(points([0.0], [4.0]), 3, 0.0)[:, 0].tolist() == [0, 2, 4]


def test_an_edge_of_no_length_is_an_edge():
    graph = weighted_graph(4, np.array([[0, 1], [1, 2]]), np.array([0.0, 3.0]))
    found = dijkstra(graph, directed=False, indices=[0])[0]
    assert found[:3].tolist() == pytest.approx([0, 0, 3], abs=1e-300)
    assert np.isinf(found[3])
