"""Sets that code makes have the geometry that their pages promise, and the same points every time."""

import math

import pytest
import torch
from companion import datasets
from companion.datasets.synthetic import two_clusters
from companion.datasets.synthetic.circle import (
    NOISE_STD,
    circle_arc_length,
    circle_chord,
    circle_points,
    circle_speed,
)
from companion.datasets.synthetic.two_clusters import cluster_points
from torch.func import jacfwd, vmap

MADE = ("hyperbolic-paraboloid", "two-clusters-2d", "circle-1000")


def curve_length(points):
    return (points[1:] - points[:-1]).norm(dim=-1).sum()


@pytest.mark.parametrize("name", MADE)
def test_points_are_the_same_every_time_and_the_splits_share_none(name):
    train, test, everything = (datasets.load(name, split) for split in ("train", "test", "all"))
    assert torch.equal(train.images, datasets.load(name, "train").images)
    assert torch.equal(everything.images, torch.cat([train.images, test.images]))
    assert len(everything.images.flatten(1).unique(dim=0)) == len(train) + len(test)
    assert train.images.dtype == torch.float32
    assert train.labels.dtype == torch.int64
    assert train.images.shape[1:3] == (1, 1)
    assert train.sha256 == datasets.data_checksum(name) != datasets.data_checksum("mnist")
    for values in train.factors.values():
        assert (values.dtype, len(values)) == (torch.float32, len(train))


def test_the_sets_that_are_made_have_checksums_of_their_own():
    assert len({datasets.data_checksum(name) for name in MADE}) == len(MADE)


def test_the_paraboloid_has_the_documents_size_and_law():
    data = datasets.load("hyperbolic-paraboloid", "train")
    x, y, z = data.images.view(50_000, 3).double().mT
    torch.testing.assert_close(z, x**2 - y**2, rtol=0, atol=1e-5)
    # Five standard errors of the mean, variance and covariance of independent standard normal draws.
    error = 5 / math.sqrt(50_000)
    assert abs(x.mean()) < error
    assert abs(y.var() - 1) < error * math.sqrt(2)
    assert abs((x * y).mean()) < error
    assert torch.equal(data.factors["z1"].double(), x)


def test_the_circles_arc_length_is_the_length_of_a_fine_polygon():
    angles = torch.linspace(0.3, 2.1, 20_001, dtype=torch.float64)
    exact = circle_arc_length(angles[0], angles[-1])
    torch.testing.assert_close(curve_length(circle_points(angles)), exact, rtol=1e-7, atol=0)


def test_the_circle_is_passed_at_one_speed_everywhere():
    angles = torch.linspace(0, 6, 7, dtype=torch.float64)
    velocity = vmap(jacfwd(circle_points))(angles)
    torch.testing.assert_close(velocity.norm(dim=-1), torch.full((7,), circle_speed(), dtype=torch.float64))


def test_the_shorter_way_round_is_taken():
    s = torch.tensor([0.1, 0.2, 6.2], dtype=torch.float64)
    t = torch.tensor([6.2, 3.0, 0.1], dtype=torch.float64)
    turn = torch.tensor([0.1 + 2 * math.pi - 6.2, 2.8, 0.1 + 2 * math.pi - 6.2], dtype=torch.float64)
    torch.testing.assert_close(circle_arc_length(s, t), circle_speed() * turn)


def test_the_circles_chord_is_the_distance_of_the_points():
    s, t = torch.rand(2, 50, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 * math.pi
    distance = (circle_points(s) - circle_points(t)).norm(dim=-1)
    torch.testing.assert_close(circle_chord(s, t), distance)
    assert (circle_arc_length(s, t) > distance).all()


def test_the_circle_closes_and_starts_with_the_unit_circle():
    t = torch.linspace(0, 2 * math.pi, 100, dtype=torch.float64)
    points = circle_points(t)
    assert points.shape == (100, 1000)
    torch.testing.assert_close(points[0], points[-1])
    torch.testing.assert_close(points[:, :2], torch.stack([t.cos(), t.sin()], -1))
    assert torch.linalg.matrix_rank(points - points.mean(0)).item() > 2


def test_the_circles_noise_is_a_tenth_in_every_coordinate():
    data = datasets.load("circle-1000", "train")
    angle = data.factors["angle"].double()
    noise = data.images.view(200, 1000).double() - circle_points(angle)
    assert noise.std().item() == pytest.approx(NOISE_STD, rel=0.01)
    assert noise.std(0).min() > 0.07
    assert 0 <= angle.min() < angle.max() <= 2 * math.pi
    assert abs(angle.cos().mean()) < 5 / math.sqrt(2 * 200)


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


@pytest.mark.parametrize("name", MADE)
def test_a_model_is_trained_on_points_that_are_no_images(name, monkeypatch, tmp_path):
    from companion.training import TrainingConfig, load_or_train

    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    config = TrainingConfig(dataset=name, hidden=(16,), n_train=200, epochs=1, device="cpu")
    trained = load_or_train(config, progress=False)
    assert trained.model.image_shape == datasets.load(name, "test").image_shape
