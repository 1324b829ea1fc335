"""The closed forms that other tests rely on agree with one another, by finite differences and algebra."""

import pytest
import torch
from problems import (
    PROBLEMS,
    SURFACES,
    TWO_DIMENSIONAL,
    WITH_CHRISTOFFELS,
    WITH_DISTANCE,
    WITH_GEODESIC,
    generator,
)
from torch import Tensor


def central_differences(function, z: Tensor, step: float) -> Tensor:
    """Derivatives of a batched function, last axis, to second order in the step."""
    basis = step * torch.eye(z.shape[-1], dtype=z.dtype)
    return torch.stack([(function(z + e) - function(z - e)) / (2 * step) for e in basis], dim=-1)


@pytest.mark.parametrize("problem", SURFACES, ids=str)
def test_the_metric_matrix_is_that_of_the_surface(problem):
    z = problem.sample(8, generator())
    J = central_differences(problem.immersion, z, 1e-5)
    torch.testing.assert_close(J.mT @ J, problem.matrix(z), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("problem", WITH_CHRISTOFFELS, ids=str)
def test_the_christoffel_symbols_are_those_of_the_metric_matrix(problem):
    z = problem.sample(8, generator())
    dG = central_differences(problem.matrix, z, 1e-5)
    lowered = (dG.transpose(-1, -2) + dG - dG.permute(0, 3, 1, 2)) / 2
    expected = torch.einsum("nkl,nlij->nkij", problem.matrix(z).inverse(), lowered)
    torch.testing.assert_close(problem.christoffels(z), expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("problem", [p for p in TWO_DIMENSIONAL if p in WITH_CHRISTOFFELS], ids=str)
def test_the_gaussian_curvature_is_that_of_the_christoffel_symbols(problem):
    z = problem.sample(8, generator())
    Gamma = problem.christoffels(z)
    dGamma = central_differences(problem.christoffels, z, 1e-5)
    up = (
        dGamma[:, :, 1, 1, 0]
        - dGamma[:, :, 0, 1, 1]
        + torch.einsum("nkm,nm->nk", Gamma[:, :, 0], Gamma[:, :, 1, 1])
        - torch.einsum("nkm,nm->nk", Gamma[:, :, 1], Gamma[:, :, 0, 1])
    )
    G = problem.matrix(z)
    K = torch.einsum("nk,nk->n", G[:, 0], up) / torch.linalg.det(G)
    torch.testing.assert_close(problem.gaussian(z), K, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("problem", WITH_DISTANCE, ids=str)
def test_close_points_are_as_far_apart_as_the_metric_says(problem):
    z, g = problem.sample(8, generator()), generator(1)
    v = torch.randn(8, problem.d, dtype=z.dtype, generator=g)
    step = 1e-4
    expected = torch.einsum("ni,nij,nj->n", v, problem.matrix(z), v).sqrt()
    distance = problem.distance(z - step / 2 * v, z + step / 2 * v) / step
    torch.testing.assert_close(distance, expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("problem", WITH_DISTANCE, ids=str)
def test_distances_are_symmetric_and_keep_the_triangle_inequality(problem):
    a, b = problem.sample_pairs(50, generator())
    c = problem.sample(50, generator(2))
    torch.testing.assert_close(problem.distance(a, b), problem.distance(b, a))
    assert (problem.distance(a, c) <= problem.distance(a, b) + problem.distance(b, c) + 1e-12).all()


@pytest.mark.parametrize("problem", WITH_GEODESIC, ids=str)
def test_geodesics_join_their_ends_at_constant_speed_and_are_as_long_as_the_distance(problem):
    z0, z1 = problem.sample_pairs(8, generator())
    curve = problem.geodesic(z0, z1, torch.linspace(0, 1, 401, dtype=z0.dtype))
    torch.testing.assert_close(curve[:, 0], z0)
    torch.testing.assert_close(curve[:, -1], z1)
    steps = problem.immersion(curve).diff(dim=1).norm(dim=-1)
    torch.testing.assert_close(steps.sum(1), problem.distance(z0, z1), rtol=1e-4, atol=0)
    assert ((steps.amax(1) / steps.amin(1) - 1) < 1e-3).all()


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_points_are_drawn_from_the_chart_by_the_generator_alone(problem):
    z = problem.sample(100, generator(3))
    assert torch.equal(z, problem.sample(100, generator(3)))
    assert z.shape == (100, problem.d)
    assert torch.linalg.eigvalsh(problem.matrix(z)).amin() > 0
