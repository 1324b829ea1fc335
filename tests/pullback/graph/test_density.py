"""LAND on a graph, against mixtures and densities that are known."""

import numpy as np
import pytest
import torch
from problems import HALF_PLANE, blobs, generator
from pullback import LAND, EuclideanMetric
from pullback.graph.density import GraphLAND
from pullback.graph.latent_graph import LatentGraph
from sklearn.mixture import GaussianMixture


@pytest.mark.parametrize("kind", ["spherical", "full"])
def test_in_a_flat_plane_the_mixture_is_one_of_gaussians(kind):
    """`eq-land`; means, covariances and weights of scikit-learn's mixture, and its density."""
    z, _ = blobs()
    z = (
        torch.cat([z[0::3] * torch.tensor([2.0, 0.5]), z[1::3][:10]])
        @ torch.tensor([[1.0, 0.3], [0, 1]]).double()
    )
    graph = LatentGraph(EuclideanMetric(), z, side=80, margin=0.3)
    options = {"isotropic": kind == "spherical"}
    mixture = GraphLAND(EuclideanMetric(), graph, 2, **options).fit(z, generator=generator())
    expected = GaussianMixture(2, covariance_type=kind, n_init=3, random_state=0).fit(z.numpy())
    order = mixture.weights.argsort(), expected.weights_.argsort()
    torch.testing.assert_close(mixture.weights[order[0]], torch.from_numpy(expected.weights_[order[1]]))
    for a, b in zip(*order):
        bell = mixture.components[a]
        assert (graph.nodes[bell.node] - torch.from_numpy(expected.means_[b])).norm() < 0.15
        width = expected.covariances_[b] * (np.eye(2) if kind == "spherical" else 1)
        found = torch.linalg.inv(bell.root @ bell.root.T)
        torch.testing.assert_close(found, torch.from_numpy(width), rtol=0.1, atol=0.02)
    density = torch.from_numpy(expected.score_samples(z.numpy()))
    assert (mixture.log_density(z) - density).abs().mean() < 0.15
    drawn = mixture.sample(4000, generator=generator())
    assert (drawn.mean(0) - z.mean(0)).norm() < 0.2


def test_the_density_of_a_mixture_integrates_to_one_over_the_volume():
    z = torch.rand(40, 2, generator=generator(), dtype=torch.float64) + torch.tensor([0.0, 1.0])
    graph = LatentGraph(HALF_PLANE.metric, z, side=60, margin=1.0)
    mixture = GraphLAND(HALF_PLANE.metric, graph, 1).fit(z, generator=generator())
    fine = LatentGraph(HALF_PLANE.metric, z, side=31, margin=0.9)
    cell = (fine.nodes[32] - fine.nodes[0]).prod()
    # `eq-land` is the density per dV, and its integral over dz alone is another number.
    per_area = mixture.log_density(fine.nodes, measure="riemannian")
    areas = HALF_PLANE.metric.log_volume(fine.nodes).exp() * cell
    assert (per_area.exp() * areas).sum().item() == pytest.approx(1, abs=0.05)
    assert abs(per_area.exp().sum().item() * cell.item() - 1) > 0.1
    few = fine.nodes[::400]
    latent = mixture.log_density(few) - HALF_PLANE.metric.log_volume(few)
    # Points that are asked for together are joined to one another too.
    torch.testing.assert_close(latent, per_area[::400], rtol=1e-2, atol=1e-2)


def test_on_the_half_plane_the_graph_finds_the_distribution_that_solvers_find():
    """`eq-land`: the same density as `geometry.LAND`, whose logarithms come from boundary value problems."""
    z = torch.randn(50, 2, generator=generator(), dtype=torch.float64)
    z = z * torch.tensor([0.3, 0.08]) + torch.tensor([0.0, 1.0])
    options = {"n_segments": 16, "starts": "line", "max_steps": 40}
    solved = LAND(HALF_PLANE.metric, n_samples=64).fit(z, generator=generator(), **options)
    graph = LatentGraph(HALF_PLANE.metric, z, side=80, margin=0.6)
    found = GraphLAND(HALF_PLANE.metric, graph, 1).fit(z, generator=generator())
    assert (graph.nodes[found.components[0].node] - solved.means[0]).norm() < 0.05
    gap = found.log_density(z, measure="riemannian") - solved.log_density(z, n_segments=16)
    assert gap.abs().mean() < 0.1
