"""Clusterings of points that lie far apart."""

import torch
from companion.chapters.riemannian_clustering.clusterings import (
    distance_clusterings,
    flat_clusterings,
    local_affinity,
)
from problems import blobs
from pullback import EuclideanMetric
from pullback.graph.latent_graph import LatentGraph
from pullback.measures.lengths.f_measure import f_measure


def test_every_method_finds_clusters_that_lie_far_apart():
    z, labels = blobs()
    distances = LatentGraph(EuclideanMetric(), z, side=30).distances(z)
    found = {**flat_clusterings(z, 3, seed=0)}
    found |= {f"{name} on distances": c for name, c in distance_clusterings(distances, 3, seed=0).items()}
    del found["k-means, one start"]  # may end anywhere: that is why it is there
    assert {name: f_measure(labels, clusters) for name, clusters in found.items()} == dict.fromkeys(found, 1)


def test_affinities_do_not_depend_on_the_unit_of_length():
    z, _ = blobs()
    distances = torch.cdist(z, z)
    affinity = local_affinity(distances)
    torch.testing.assert_close(local_affinity(10 * distances), affinity)
    torch.testing.assert_close(affinity.diagonal(), torch.ones(60, dtype=torch.float64))
    torch.testing.assert_close(affinity, affinity.T)
