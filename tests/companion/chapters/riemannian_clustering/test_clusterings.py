"""Instruments of the clustering chapter on partitions, planes and curves whose answer is known."""

import math

import numpy as np
import pytest
import torch
from companion.chapters.riemannian_clustering.clusterings import (
    distance_clusterings,
    flat_clusterings,
    local_affinity,
)
from companion.chapters.riemannian_clustering.solver_race import solver_race
from companion.chapters.riemannian_clustering.subset_clusterings import (
    class_sample,
    subset_clusterings,
    subset_scores,
)
from companion.measures.class_path import predictive_entropy
from companion.measures.frames import path_autocorrelation
from problems import HALF_PLANE, HYPERBOLIC_PARABOLOID, generator
from pullback import LAND, EuclideanMetric, log
from pullback.graph.density import GraphLAND
from pullback.graph.kmeans import graph_kmeans
from pullback.graph.latent_graph import LatentGraph
from pullback.graph.logarithm import graph_logarithm, stencil
from pullback.measures.lengths.f_measure import f_measure
from pullback.measures.support import Support
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

DEFINITIONS = ("best match", "matching", "pairs")


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_a_perfect_partition_scores_one_whatever_its_names(definition):
    """`eq-f-measure`."""
    assert f_measure([0, 0, 1, 1, 2], [7, 7, 3, 3, 5], definition=definition) == 1


def test_a_split_class_has_the_scores_of_the_definitions():
    """Class 0 is whole in cluster 0 with one of class 1: F_00 = 4/5 and F_11 = 2/3, by hand."""
    labels, clusters = [0, 0, 1, 1], [0, 0, 0, 1]
    assert f_measure(labels, clusters) == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert f_measure(labels, clusters, definition="matching") == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert f_measure(labels, clusters, definition="pairs") == pytest.approx(2 * 1 / (3 + 2))


def test_two_classes_may_share_their_best_cluster_but_not_a_matched_one():
    labels, clusters = [0, 0, 1, 1], [0, 0, 0, 0]
    assert f_measure(labels, clusters) == pytest.approx(2 / 3)
    assert f_measure(labels, clusters, definition="matching") == pytest.approx(1 / 3)


def test_an_unknown_definition_is_refused():
    with pytest.raises(ValueError, match="definition: got 'mean'"):
        f_measure([0], [0], definition="mean")


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


def test_a_still_film_correlates_fully_and_an_inverted_image_not():
    """`eq-path-autocorrelation`."""
    image = torch.rand(1, 50, generator=generator(), dtype=torch.float64)
    film = torch.cat([image, image, 1 - image])
    torch.testing.assert_close(path_autocorrelation(film), torch.tensor([1.0, -1.0], dtype=torch.float64))
    assert path_autocorrelation(film, lag=2).item() == pytest.approx(-1)


def test_brightness_and_contrast_do_not_change_the_autocorrelation():
    film = torch.rand(2, 5, 50, generator=generator(), dtype=torch.float64)
    torch.testing.assert_close(path_autocorrelation(3 * film + 1), path_autocorrelation(film))
    with pytest.raises(ValueError, match="lag: got 5, expected 1 to 4"):
        path_autocorrelation(film, lag=5)


def test_the_support_of_a_grid_is_what_lies_within_its_spacing():
    """`eq-support`."""
    axis = torch.arange(5.0, dtype=torch.float64)
    support = Support(torch.cartesian_prod(axis, axis))
    assert support.radius == pytest.approx(1)
    z = torch.tensor([[2.0, 2.0], [5.0, 2.0], [5.1, 2.0], [9.0, 2.0]], dtype=torch.float64)
    assert support.holds(z).tolist() == [True, True, False, False]
    assert support.share(z).item() == pytest.approx(0.5)
    torch.testing.assert_close(support.distance(z[3]), torch.tensor(5.0, dtype=torch.float64))
    with pytest.raises(ValueError, match="two codes or more"):
        Support(z[:1])


def test_a_classifier_that_knows_nothing_has_the_entropy_of_its_classes_and_a_sure_one_none():
    """`eq-predictive-entropy`."""
    assert predictive_entropy(torch.zeros(10, dtype=torch.float64)).item() == pytest.approx(math.log(10))
    sure = torch.tensor([1e3, 0.0], dtype=torch.float64)
    assert predictive_entropy(sure).item() == pytest.approx(0, abs=1e-12)


def blobs():
    centres = torch.tensor([[0.0, 0], [6, 0], [0, 6]], dtype=torch.float64)
    z = centres.repeat(20, 1) + 0.4 * torch.randn(60, 2, generator=generator(), dtype=torch.float64)
    return z, torch.arange(60) % 3


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


def test_solvers_agree_on_the_saddle_and_a_solver_without_steps_has_failed():
    z0, z1 = torch.tensor([[[-2.0, -1.0]], [[1.5, -2.0]]], dtype=torch.float64)
    solvers = {"gauss-newton": {}, "ode": {"solver": "ode"}, "none": {"max_steps": 0, "starts": "line"}}
    race = solver_race(HYPERBOLIC_PARABOLOID.metric, z0, z1, solvers, n_segments=64)
    assert race["gauss-newton"].converged.all()
    assert race["ode"].excess.abs().max() < 1e-3
    assert not race["none"].converged.any()
    assert race["none"].excess.min() > 0.01
    assert all((run.seconds > 0).all() for run in race.values())


def test_a_solver_that_raises_is_counted_as_failed():
    z0, z1 = torch.tensor([[[-2.0, -1.0]], [[1.5, -2.0]]], dtype=torch.float64)
    race = solver_race(HYPERBOLIC_PARABOLOID.metric, z0, z1, {"ode": {"solver": "ode", "max_steps": 0}})
    assert not race["ode"].converged.any()
    assert race["ode"].excess.isnan().all()


def test_a_sample_has_as_many_of_each_class_and_none_twice():
    labels = torch.arange(40) % 4
    places = class_sample(labels, [1, 3], 6, generator=generator())
    assert labels[places].bincount(minlength=4).tolist() == [0, 6, 0, 6]
    assert len(places.unique()) == 12
    with pytest.raises(ValueError, match="n_per_class: got 11, expected at most 10 of class 1"):
        class_sample(labels, [1], 11, generator=generator())


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
    fine = LatentGraph(HALF_PLANE.metric, z, side=45, margin=0.9)
    cell = (fine.nodes[46] - fine.nodes[0]).prod()
    total = mixture.log_density(fine.nodes).exp().sum() * cell
    assert total.item() == pytest.approx(1, abs=0.05)


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


def test_logarithms_on_the_half_plane_are_those_of_the_closed_form():
    """`eq-log`: straight up by the logarithm of the ratio of heights, and as long as the distance."""
    spots = torch.tensor([[0.0, 1.5], [0.0, 0.7], [0.6, 1.0], [-0.5, 1.4]], dtype=torch.float64)
    box = torch.tensor([[-1.0, 0.5], [1.0, 2.0]], dtype=torch.float64)
    graph = LatentGraph(HALF_PLANE.metric, box, side=91, margin=0.0)
    node = int((graph.nodes - torch.tensor([0.0, 1.0])).norm(dim=-1).argmin())
    base, around = graph.nodes[node], stencil(node, 91)
    near = graph.distances(spots).to_nodes[:, around]
    found = graph_logarithm(base, graph.nodes[around], near, HALF_PLANE.metric.matrix(base))
    known = log(HALF_PLANE.metric, base, spots)
    assert ((found - known).norm(dim=-1) / known.norm(dim=-1)).max() < 0.08
    lengths = HALF_PLANE.metric.norm(base, found)
    torch.testing.assert_close(lengths, HALF_PLANE.distance(base, spots), rtol=0.03, atol=0.0)
