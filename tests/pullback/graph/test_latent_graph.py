"""Distances along a graph of the latent plane, where the true ones are known."""

import pytest
import torch
from problems import HALF_PLANE, generator
from pullback import EuclideanMetric
from pullback.graph.latent_graph import LatentGraph


def test_in_a_flat_plane_the_graph_is_at_most_25_per_mille_too_long():
    z = torch.rand(60, 2, generator=generator(), dtype=torch.float64)
    measured = LatentGraph(EuclideanMetric(), z, side=40).distances(z)
    true = torch.cdist(z, z)
    apart = true > 0.15
    ratio = measured.between[apart] / true[apart]
    assert ratio.min() > 1 - 1e-9
    assert ratio.max() < 1.025
    assert torch.equal(measured.between, measured.between.T)
    assert measured.between.diagonal().abs().max() == 0


def test_distances_in_the_half_plane_are_those_of_hyperbolic_geometry():
    z = torch.rand(40, 2, generator=generator(), dtype=torch.float64) * torch.tensor([2.0, 1.5])
    z = z + torch.tensor([-1.0, 0.5])
    measured = LatentGraph(HALF_PLANE.metric, z, side=60, margin=0.1).distances(z).between
    true = HALF_PLANE.distance(z[:, None], z)
    apart = true > 0.4
    assert ((measured - true).abs() / true)[apart].max() < 0.03


def test_a_graph_of_another_dimension_is_refused():
    with pytest.raises(ValueError, match=r"points: got shape \(5, 3\), expected \(n, 2\)"):
        LatentGraph(EuclideanMetric(), torch.zeros(5, 3))
