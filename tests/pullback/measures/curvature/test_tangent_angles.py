"""Angles between tangent spaces (`eq-tangent-angles`) of surfaces where they are known."""

import math

import pytest
import torch
from problems import normal
from pullback import PullbackMetric
from pullback.measures.curvature.tangent_angles import at_image_distance, nearest_neighbours, tangent_angles

DOUBLE = torch.float64


def sphere(z):
    theta, phi = z.unbind(-1)
    return torch.stack([theta.sin() * phi.cos(), theta.sin() * phi.sin(), theta.cos()], dim=-1)


def rotated(angle):
    """The plane of the first two axes, turned towards the last two by one angle each."""
    A = torch.zeros(4, 2, dtype=DOUBLE)
    A[0, 0] = A[1, 1] = math.cos(angle)
    A[2, 0] = A[3, 1] = math.sin(angle)
    return A


def test_tangent_planes_of_a_sphere_turn_by_the_angle_between_its_points():
    """`eq-tangent-angles`: one angle is that of the normals, the other is zero."""
    metric = PullbackMetric(sphere)
    z0 = torch.tensor([[1.0, 0.3], [1.2, 2.0]], dtype=DOUBLE)
    z1 = z0 + torch.tensor([[0.25, 0.0], [-0.1, 0.4]], dtype=DOUBLE)
    between = torch.rad2deg((sphere(z0) * sphere(z1)).sum(-1).acos())
    angles = tangent_angles(metric, z0, z1)
    assert torch.allclose(angles[:, 0], torch.zeros(2, dtype=DOUBLE), atol=1e-5)
    assert torch.allclose(angles[:, 1], between)


def test_tangent_spaces_of_a_plane_never_turn_and_those_of_turned_planes_do_by_their_angle():
    bent = PullbackMetric(lambda z: torch.where(z[..., :1] > 0, z @ rotated(0.4).mT, z @ rotated(0.0).mT))
    left, right = -normal(5, 2).abs(), normal(5, 2).abs()
    assert tangent_angles(bent, left, left - 1).abs().max() < 1e-5
    assert torch.allclose(
        tangent_angles(bent, left, right), torch.full((5, 2), math.degrees(0.4), dtype=DOUBLE)
    )


def test_a_coordinate_that_hardly_matters_does_not_make_the_space_degenerate():
    A = torch.linalg.qr(normal(9, 3)).Q * torch.tensor([1.0, 1.0, 1e-12], dtype=DOUBLE)
    assert tangent_angles(PullbackMetric(lambda z: z @ A.mT), normal(4, 3), normal(4, 3)).abs().max() < 1e-4


def test_the_nearest_neighbour_is_another_point():
    assert nearest_neighbours(torch.tensor([[0.0, 2, 1], [2, 0, 3], [1, 3, 0]])).tolist() == [2, 0, 0]


def test_the_walk_ends_where_the_image_has_changed_by_the_target():
    metric = PullbackMetric(sphere)
    z0 = torch.tensor([[1.0, 0.0], [0.8, 1.0]], dtype=DOUBLE)
    z1 = z0 + torch.tensor([[0.3, 0.0], [0.0, 0.5]], dtype=DOUBLE)
    found = at_image_distance(metric, z0, z1, 0.2)
    assert torch.allclose((sphere(found) - sphere(z0)).norm(dim=-1), torch.full((2,), 0.2, dtype=DOUBLE))
    assert found[0, 0].item() == pytest.approx(1 + 2 * math.asin(0.1))
    assert at_image_distance(metric, z0, z1, 1.9).isnan().all()
