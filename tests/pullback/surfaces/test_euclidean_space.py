"""Surfaces of three-dimensional space satisfy the equations that define them."""

import math

import pytest
import torch
from problems import generator, points
from pullback.surfaces import euclidean_space as surfaces

EQUATIONS = {
    "CYLINDER": lambda x, y, w: x**2 + y**2 - 1,
    "CONE": lambda x, y, w: 3 * (x**2 + y**2) - w**2,  # a half opening angle of 30 degrees
    "SPHERE": lambda x, y, w: x**2 + y**2 + w**2 - 1,
    "TORUS": lambda x, y, w: ((x**2 + y**2).sqrt() - 3) ** 2 + w**2 - 1,
    "PARABOLOID": lambda x, y, w: (x**2 + y**2) / 2 - w,
    "HYPERBOLIC_PARABOLOID": lambda x, y, w: x**2 - y**2 - w,
    "SADDLE": lambda x, y, w: x * y - w,
    "CATENOID": lambda x, y, w: (x**2 + y**2).sqrt() - w.cosh(),
    "SWISS_ROLL": lambda x, y, w: torch.atan2(w, x).cos() * (x**2 + w**2).sqrt() - x,
}


@pytest.mark.parametrize("name", EQUATIONS)
def test_points_lie_on_the_surface(name):
    problem = getattr(surfaces, name)
    x = problem.immersion(problem.sample(20, generator()))
    assert EQUATIONS[name](*x.unbind(-1)).abs().max() < 1e-12


def test_the_tractrix_of_the_pseudosphere_pulls_a_rod_of_length_one():
    """Along a meridian the tangent meets the axis at distance one."""
    u = torch.linspace(0.8, 2, 9, dtype=torch.float64)
    z = torch.stack([u, torch.zeros_like(u)], dim=-1)
    J = torch.func.vmap(torch.func.jacfwd(surfaces.PSEUDOSPHERE.immersion))(z)[:, :, 0]
    x = surfaces.PSEUDOSPHERE.immersion(z)
    to_axis = -x[:, 0] / J[:, 0]
    torch.testing.assert_close((to_axis[:, None] * J).norm(dim=-1), torch.ones_like(u))


def test_the_plane_is_tilted_and_its_lines_are_straight():
    z0, z1 = surfaces.PLANE.sample_pairs(5, generator())
    f = surfaces.PLANE.immersion
    torch.testing.assert_close(f((z0 + z1) / 2), (f(z0) + f(z1)) / 2)
    torch.testing.assert_close(surfaces.PLANE.distance(z0, z1), (f(z1) - f(z0)).norm(dim=-1))


def test_the_cone_and_the_roll_are_unrolled_to_the_plane():
    """Half round the cone at r = 1 is a right angle of the plane; the roll is as long as its spiral."""
    half = surfaces.CONE.distance(points(1.0, 0.0), points(1.0, math.pi))
    assert half.item() == pytest.approx(2 * math.sin(math.pi / 4))
    t = torch.linspace(2, 6, 20001, dtype=torch.float64)
    curve = surfaces.SWISS_ROLL.immersion(torch.stack([t, torch.full_like(t, 3.0)], dim=-1))
    length = curve.diff(dim=0).norm(dim=-1).sum()
    assert surfaces.SWISS_ROLL.distance(points(2.0, 3.0), points(6.0, 3.0)).item() == pytest.approx(
        length.item()
    )
