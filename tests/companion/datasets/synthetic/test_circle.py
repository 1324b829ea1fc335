"""A circle in a thousand dimensions: lengths, speed and noise."""

import math

import pytest
import torch
from companion import datasets
from companion.datasets.synthetic.circle import (
    NOISE_STD,
    circle_arc_length,
    circle_chord,
    circle_points,
    circle_speed,
)
from torch.func import jacfwd, vmap


def curve_length(points):
    return (points[1:] - points[:-1]).norm(dim=-1).sum()


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
