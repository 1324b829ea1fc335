"""Measures of labels: clusters far apart, labels that mean nothing, and distances that are equal."""

import pytest
import torch
from companion.measures.of_space.labels import f_gain, f_score, label_r2, margin, margin_geodesic
from companion.measures.of_space.survey import survey
from companion.measures.space import Space
from torch import nn


def clusters(gap, n=24):
    draw = torch.Generator().manual_seed(0)
    labels = torch.arange(n) % 3
    codes = torch.randn(n, 3, generator=draw, dtype=torch.float64) + gap * nn.functional.one_hot(labels, 3)
    return survey(Space(nn.Identity(), codes, labels))


@pytest.fixture(scope="module")
def apart():
    return clusters(40.0)


def test_clusters_far_apart_are_found_and_permuted_labels_are_not(apart):
    """`eq-f-measure`"""
    assert f_score(apart, "riemannian", seed=0, n_init=5) == 100
    shuffled = apart.space.labels[torch.randperm(24, generator=torch.Generator().manual_seed(0))]
    assert f_score(apart, "euclidean", seed=0, n_init=5, labels=shuffled) < 75


def test_margins_are_near_one_far_apart_and_none_where_labels_mean_nothing(apart):
    """`eq-normalised-margin`"""
    assert margin(apart) > 0.9
    assert margin_geodesic(apart).item() == pytest.approx(margin(apart).item(), abs=1e-9)
    assert margin(clusters(0.0)) < 0.1


def test_labels_explain_nearly_all_of_clusters_far_apart_and_next_to_nothing_of_a_cloud(apart):
    """`eq-label-separation`: above the share that chance gives, 1 - 7 / 23 for three classes of eight."""
    assert label_r2(apart).item() == pytest.approx(7 / 23, abs=0.01)
    assert abs(label_r2(clusters(0.0))) < 0.06


def test_equal_distances_gain_nothing(apart):
    assert f_gain(apart) == 0
