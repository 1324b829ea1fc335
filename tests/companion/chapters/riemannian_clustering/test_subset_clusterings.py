"""Clusterings of subsets of a sample."""

import numpy as np
import pytest
from companion.chapters.riemannian_clustering.subset_clusterings import (
    SubsetScores,
    subset_clusterings,
    subset_scores,
)
from problems import blobs
from pullback import EuclideanMetric
from pullback.graph.latent_graph import LatentGraph


def test_subsets_are_clustered_by_every_method_and_scored_against_their_own_labels():
    z, labels = blobs()
    graphs = {"flat": LatentGraph(EuclideanMetric(), z, side=30)}
    options = {"n_subsets": 2, "subset_size": 30, "seed": 0}
    found = subset_clusterings(z, z, graphs, 3, **options)
    scores = subset_scores(found, labels)
    sure = [name for name in scores if "one start" not in name]
    assert {"k-means, flat", "k-medoids, Euclidean", "k-means, pixels", "Gaussian mixture, Euclidean"} <= {
        *sure
    }
    assert all(scores[name].tolist() == [100, 100] for name in sure)
    wrong = subset_scores(found, labels.flip(0).sort().values)
    assert all((wrong[name] < 100).all() for name in sure)
    with pytest.raises(ValueError, match="n_subsets: got 3 of 30 points, expected at most 60"):
        subset_clusterings(z, z, graphs, 3, **{**options, "n_subsets": 3})


def test_scores_are_kept_by_metric_and_method_with_their_spread():
    scores = SubsetScores({"k-means, one start, Euclidean": np.array([1.0, 3.0, 8.0])})
    assert scores.readings()["euclidean.k_means_one_start"].tolist() == [1, 3, 8]
    spread = scores.spread()["euclidean.k_means_one_start"]
    assert spread["standard_deviation"] == pytest.approx(13**0.5)
    assert spread["standard_error"] == pytest.approx((13 / 3) ** 0.5)


def test_a_single_subset_has_no_spread():
    spread = SubsetScores({"k-means, pixels": np.array([90.0])}).spread()
    assert spread == {"pixels.k_means": {"standard_deviation": 0, "standard_error": 0}}
