"""Pieces of closed forms: angles of close points, great circles, symbols put in their places."""

import math

import pytest
import torch
from problems import normal, points
from pullback.surfaces.forms import arc, christoffel_symbols, diagonal, sphere, sphere_geodesic, stack


@pytest.mark.parametrize("angle", [1e-12, 1e-5, 1.0, math.pi - 1e-12])
def test_the_angle_of_unit_vectors_keeps_its_digits(angle):
    x, y = points(1.0, 0.0, 0.0), points(math.cos(angle), math.sin(angle), 0.0)
    assert arc(x, y).item() == pytest.approx(angle, rel=1e-9)


def test_great_circles_stay_in_their_plane_and_share_their_angle_evenly():
    low = points(0.5, -1.0)
    z0, z1 = low + torch.rand(2, 8, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 1.5
    t = torch.linspace(0, 1, 6, dtype=torch.float64)
    x = sphere(sphere_geodesic(z0, z1, t))
    normal_of_plane = torch.linalg.cross(sphere(z0), sphere(z1))
    assert torch.einsum("ntd,nd->nt", x, normal_of_plane).abs().max() < 1e-12
    torch.testing.assert_close(x.norm(dim=-1), torch.ones(8, 6, dtype=torch.float64))
    whole = arc(sphere(z0), sphere(z1))
    torch.testing.assert_close(arc(x[:, 1:], x[:, :-1]), (whole / 5)[:, None].expand(8, 5))


def test_symbols_stand_in_their_places_and_their_mirror_images():
    z = normal(3, 2)
    Gamma = christoffel_symbols(z, g0_01=z[:, 0], g1_11=z[:, 1])
    assert torch.equal(Gamma, Gamma.mT)
    assert torch.equal(Gamma[:, 0, 1, 0], z[:, 0])
    assert torch.equal(Gamma[:, 1, 1, 1], z[:, 1])
    assert Gamma.count_nonzero().item() == 3 * 3


def test_coordinates_and_entries_broadcast():
    assert stack(torch.ones(3, 1), torch.zeros(4)).shape == (3, 4, 2)
    assert torch.equal(diagonal(torch.ones(2), torch.tensor(3.0))[1], torch.diag(torch.tensor([1.0, 3.0])))
