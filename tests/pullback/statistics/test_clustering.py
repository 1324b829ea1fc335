"""Riemannian k-medoids; k-means is in test_kmeans."""

import itertools

import pytest
import torch
from pullback import riemannian_kmedoids


def distances(n, generator):
    Z = torch.randn(n, 2, dtype=torch.float64, generator=generator)
    return torch.cdist(Z, Z)


def cost(D, medoids):
    return D[:, list(medoids)].amin(1).sum().item()


def test_no_single_exchange_improves_the_medoids(generator):
    """eq-kmeans"""
    D = distances(40, generator)
    found = riemannian_kmedoids(D, 4, generator=generator)
    assert found.converged
    assert found.residual == 0
    medoids = found.medoids.tolist()
    assert found.inertia.item() == pytest.approx(cost(D, medoids))
    for a, c in itertools.product(range(4), range(40)):
        assert cost(D, [*medoids[:a], c, *medoids[a + 1 :]]) >= found.inertia - 1e-9


def test_with_several_runs_the_best_of_all_partitions_is_found(generator):
    D = distances(12, generator)
    found = riemannian_kmedoids(D, 3, generator=generator, n_init=10)
    best = min(cost(D, medoids) for medoids in itertools.combinations(range(12), 3))
    assert found.inertia.item() == pytest.approx(best)


def test_separate_groups_are_told_apart(generator):
    Z = torch.randn(30, 2, dtype=torch.float64, generator=generator) * 0.1
    Z[10:20] += 3
    Z[20:] -= 3
    labels = riemannian_kmedoids(torch.cdist(Z, Z), 3, generator=generator, n_init=3).labels.reshape(3, 10)
    assert (labels == labels[:, :1]).all()
    assert len(set(labels[:, 0].tolist())) == 3


def test_one_cluster_has_the_most_central_point_as_medoid(generator):
    D = distances(15, generator)
    found = riemannian_kmedoids(D, 1, generator=generator)
    assert found.medoids.item() == D.sum(1).argmin()


def test_as_many_clusters_as_points_cost_nothing(generator):
    found = riemannian_kmedoids(distances(6, generator), 6, generator=generator)
    assert found.inertia == 0
    assert sorted(found.medoids.tolist()) == list(range(6))


def test_labels_name_the_nearest_medoid(generator):
    D = distances(25, generator)
    found = riemannian_kmedoids(D, 3, generator=generator)
    assert torch.equal(found.labels, D[:, found.medoids].argmin(1))


def test_a_run_cut_short_is_not_converged(generator):
    D = distances(60, generator)
    found = riemannian_kmedoids(D, 6, generator=torch.Generator().manual_seed(3), max_steps=0)
    assert not found.converged
    assert found.residual > 0


def test_single_precision_is_kept(generator):
    D = distances(10, generator).float()
    assert riemannian_kmedoids(D, 2, generator=generator).inertia.dtype == torch.float32


def test_bad_matrices_are_named(generator):
    D = distances(5, generator)
    with pytest.raises(ValueError, match=r"distances: got shape \(5, 4\)"):
        riemannian_kmedoids(D[:, :4], 2, generator=generator)
    with pytest.raises(ValueError, match="distances: got a matrix with negative"):
        riemannian_kmedoids(-D, 2, generator=generator)
    with pytest.raises(ValueError, match="k: got 6, expected 1 to 5"):
        riemannian_kmedoids(D, 6, generator=generator)
    with pytest.raises(ValueError, match="n_init: got 0"):
        riemannian_kmedoids(D, 2, generator=generator, n_init=0)
    with pytest.raises(ValueError, match="generator: got NoneType"):
        riemannian_kmedoids(D, 2, generator=None)
