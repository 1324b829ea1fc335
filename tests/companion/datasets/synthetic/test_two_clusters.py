"""Two clusters on a bent plane."""

import torch
from companion import datasets
from companion.datasets.synthetic import two_clusters
from companion.datasets.synthetic.two_clusters import cluster_points
from torch.func import jacfwd, vmap


def test_the_two_clusters_are_apart_and_halve_the_points():
    data = datasets.load("two-clusters-2d", "train")
    assert data.images.shape == (1000, 1, 1, 10)
    assert data.labels.bincount().tolist() == [500, 500]
    left = data.factors["u1"] < 0
    assert torch.equal(data.labels == 0, left)


def test_the_two_clusters_bent_plane_has_the_metric_it_states():
    u = torch.tensor([[0.0, 0.0], [1.5, -0.4], [-2.0, 1.0]], dtype=torch.float64)
    jacobian = vmap(jacfwd(cluster_points))(u)
    metric = jacobian.mT @ jacobian
    directions, phases = two_clusters._waves()
    cosines = (u @ directions.mT + phases).cos()
    stated = torch.eye(2) + torch.einsum("nj,ja,jb->nab", cosines**2, directions, directions)
    torch.testing.assert_close(metric, stated)
    torch.testing.assert_close(directions.norm(dim=-1), torch.ones(8, dtype=torch.float64))
    assert (metric - metric[0]).abs().max() > 0.1
