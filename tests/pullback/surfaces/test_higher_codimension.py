"""Surfaces of higher dimension or codimension lie where their names say."""

import math

import torch
from problems import generator
from pullback.surfaces.forms import sphere
from pullback.surfaces.higher_codimension import (
    CLIFFORD_TORUS,
    COMPLEX_PARABOLA,
    PRODUCT_OF_CIRCLES,
    THREE_SPHERE,
    TWO_SPHERES,
    VERONESE,
)


def image(problem, n=20):
    return problem.immersion(problem.sample(n, generator()))


def radii(x, *sizes):
    return torch.stack([part.norm(dim=-1) for part in x.split(sizes, dim=-1)], dim=-1)


def test_the_complex_parabola_is_the_graph_of_the_square():
    x = image(COMPLEX_PARABOLA)
    z, w = torch.complex(x[:, 0], x[:, 1]), torch.complex(x[:, 2], x[:, 3])
    torch.testing.assert_close(w, z**2)


def test_the_clifford_torus_divides_the_three_sphere_evenly():
    x = image(CLIFFORD_TORUS)
    torch.testing.assert_close(x.norm(dim=-1), torch.ones(20, dtype=torch.float64))
    torch.testing.assert_close(x[:, :2].square() + x[:, 2:].square(), torch.full_like(x[:, :2], 0.5))


def test_the_veronese_surface_lies_on_a_sphere_and_does_not_tell_antipodes_apart():
    z = VERONESE.sample(20, generator())
    x = VERONESE.immersion(z)
    torch.testing.assert_close(x.norm(dim=-1), torch.full((20,), 2 / math.sqrt(3), dtype=torch.float64))
    opposite = torch.stack([math.pi - z[:, 0], z[:, 1] + math.pi], dim=-1)
    torch.testing.assert_close(sphere(opposite), -sphere(z))
    torch.testing.assert_close(VERONESE.immersion(opposite), x)


def test_products_are_products_and_spheres_are_round():
    x = image(PRODUCT_OF_CIRCLES).reshape(20, 2, 3).transpose(1, 2).flatten(1)
    expected = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64).expand(20, 3)
    torch.testing.assert_close(radii(x, 2, 2, 2), expected)
    torch.testing.assert_close(radii(image(TWO_SPHERES), 3, 3), torch.ones(20, 2, dtype=torch.float64))
    torch.testing.assert_close(image(THREE_SPHERE).norm(dim=-1), torch.ones(20, dtype=torch.float64))


def test_the_planes_of_a_product_of_spheres_are_curved_within_a_factor_and_flat_across():
    z = TWO_SPHERES.sample(7, generator())
    e = torch.eye(4, dtype=torch.float64)[:, None].expand(4, 7, 4)
    ones, zeros = torch.ones(7, dtype=torch.float64), torch.zeros(7, dtype=torch.float64)
    torch.testing.assert_close(TWO_SPHERES.sectional(z, e[0], e[0] + 3 * e[1]), ones)
    torch.testing.assert_close(TWO_SPHERES.sectional(z, e[2] - e[3], e[3]), ones)
    torch.testing.assert_close(TWO_SPHERES.sectional(z, e[1], e[2]), zeros)
