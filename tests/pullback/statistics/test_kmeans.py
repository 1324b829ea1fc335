"""Riemannian k-means."""

import math

import problems
import pytest
import torch
from pullback import EuclideanMetric, MetricField, exp, frechet_mean, riemannian_kmeans
from sklearn.cluster import KMeans

STRETCH = torch.tensor([[2.0, 0.3], [0.3, 0.5]], dtype=torch.float64)
QUICK = {"n_segments": 4}


def test_in_a_flat_metric_it_is_k_means(generator):
    """eq-kmeans: same centres as Lloyd's algorithm from the same start, in the isometric coordinates z L."""
    Z = torch.randn(60, 2, dtype=torch.float64, generator=generator)
    L = torch.linalg.cholesky(STRETCH)
    found = riemannian_kmeans(MetricField(lambda z: STRETCH.expand(*z.shape, 2)), Z, 4, init=Z[:4], **QUICK)
    oracle = KMeans(4, init=(Z[:4] @ L).numpy(), n_init=1, tol=0, max_iter=300, algorithm="lloyd").fit(Z @ L)
    assert found.converged
    assert found.inertia.item() == pytest.approx(oracle.inertia_, rel=1e-6)
    assert found.labels.tolist() == oracle.labels_.tolist()
    torch.testing.assert_close(
        found.centres @ L, torch.from_numpy(oracle.cluster_centers_), rtol=0, atol=1e-6
    )


def test_two_caps_of_the_sphere_are_told_apart_and_centred(generator):
    """eq-kmeans, eq-frechet-mean"""
    t = torch.linspace(0, 2 * math.pi, 6, dtype=torch.float64)[:-1]
    ring = 0.3 * torch.stack([t.cos(), t.sin()], dim=1)
    centres = torch.tensor([[1.0, -0.8], [2.0, 0.9]], dtype=torch.float64)
    Z = torch.cat(
        [exp(problems.SPHERE.metric, c, ring / torch.stack([torch.ones(()), c[0].sin()])) for c in centres]
    )
    found = riemannian_kmeans(problems.SPHERE.metric, Z, 2, generator=generator, n_init=2, **QUICK)
    assert found.converged
    groups = found.labels.reshape(2, 5)
    assert (groups == groups[:, :1]).all()
    assert groups[0, 0] != groups[1, 0]
    torch.testing.assert_close(found.centres[groups[:, 0]], centres, rtol=0, atol=5e-3)
    assert found.inertia.item() == pytest.approx(10 * 0.09, rel=5e-3)


def test_centres_are_the_means_of_their_clusters(generator):
    Z = problems.SADDLE.sample(12, generator)
    found = riemannian_kmeans(problems.SADDLE.metric, Z, 2, generator=generator, **QUICK)
    for a in range(2):
        mean = frechet_mean(problems.SADDLE.metric, Z[found.labels == a], start=found.centres[a], **QUICK)
        torch.testing.assert_close(found.centres[a], mean, rtol=0, atol=1e-4)


def test_more_runs_are_never_worse(generator):
    Z = torch.randn(40, 2, dtype=torch.float64, generator=generator)
    runs = [
        riemannian_kmeans(
            EuclideanMetric(), Z, 5, generator=torch.Generator().manual_seed(1), n_init=n, **QUICK
        )
        for n in (1, 4)
    ]
    assert runs[1].inertia <= runs[0].inertia


def test_an_empty_cluster_is_restarted_and_counted():
    Z = torch.tensor([[0.0, 0.0], [0.1, 0.0], [1.0, 0.0], [1.1, 0.0]], dtype=torch.float64)
    far = torch.tensor([[0.0, 0.0], [50.0, 0.0]], dtype=torch.float64)
    found = riemannian_kmeans(EuclideanMetric(), Z, 2, init=far, **QUICK)
    assert found.n_reseeded == 1
    assert found.inertia.item() == pytest.approx(0.01, abs=1e-9)


def test_equal_points_can_still_be_seeded(generator):
    Z = torch.zeros(4, 2, dtype=torch.float64)
    found = riemannian_kmeans(EuclideanMetric(), Z, 3, generator=generator, max_steps=3, **QUICK)
    assert found.inertia == 0


def test_a_run_cut_short_is_not_converged(generator):
    Z = torch.randn(60, 2, dtype=torch.float64, generator=generator)
    found = riemannian_kmeans(EuclideanMetric(), Z, 6, init=Z[:6], max_steps=1, **QUICK)
    assert not found.converged
    assert found.residual > 0


def test_bad_arguments_are_named(generator):
    Z = torch.zeros(4, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="k: got 5, expected 1 to 4"):
        riemannian_kmeans(EuclideanMetric(), Z, 5, generator=generator)
    with pytest.raises(ValueError, match="init: got shape"):
        riemannian_kmeans(EuclideanMetric(), Z, 3, init=Z[:2])
    with pytest.raises(ValueError, match="generator: got NoneType"):
        riemannian_kmeans(EuclideanMetric(), Z, 2)
    with pytest.raises(ValueError, match="Z: got shape"):
        riemannian_kmeans(EuclideanMetric(), Z[0], 1, generator=generator)
