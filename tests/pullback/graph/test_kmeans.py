"""k-means on a graph."""

import pytest
import torch
from problems import generator
from pullback.graph.kmeans import graph_kmeans
from pullback.measures.lengths.f_measure import f_measure
from sklearn.cluster import KMeans


def test_in_a_flat_plane_graph_kmeans_is_kmeans():
    """`eq-kmeans`; nodes are a fine grid, so that the inertia is as good as that of scikit-learn."""
    centres = torch.tensor([[0.0, 0], [3, 0], [0, 3]], dtype=torch.float64)
    noise = torch.randn(90, 2, generator=generator(), dtype=torch.float64)
    z = centres.repeat(30, 1) + 0.5 * noise
    axis = torch.linspace(-2, 5, 80, dtype=torch.float64)
    nodes = torch.cartesian_prod(axis, axis)
    found = graph_kmeans(torch.cdist(z, nodes), torch.cdist(z, z), 3, generator=generator())
    expected = KMeans(3, n_init=10, random_state=0).fit(z.numpy())
    assert f_measure(expected.labels_, found.labels) == 1
    assert found.inertia == pytest.approx(expected.inertia_, rel=0.01)
    with pytest.raises(ValueError, match="k: got 91, expected 1 to 90"):
        graph_kmeans(torch.cdist(z, nodes), torch.cdist(z, z), 91, generator=generator())
