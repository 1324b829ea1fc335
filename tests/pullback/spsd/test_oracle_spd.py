"""pyRiemann as an independent oracle: 2 x 2 positive definite matrices with their affine-invariant metric."""

import numpy as np
import pytest
import torch
from problems import generator
from pullback import (
    MetricField,
    distance,
    exp,
    frechet_mean,
    geodesic,
    log,
    parallel_transport,
    sectional_curvature,
)
from pyriemann.geometry.distance import distance_riemann
from pyriemann.geometry.geodesic import geodesic_riemann
from pyriemann.geometry.mean import mean_riemann
from pyriemann.geometry.tangentspace import exp_map_riemann, innerproduct_riemann, log_map_riemann
from pyriemann.geometry.tangentspace import transport_riemann as transport

BASIS = torch.tensor([[[1.0, 0], [0, 0]], [[0, 1], [1, 0]], [[0, 0], [0, 1]]], dtype=torch.float64)


def matrix_of(z: torch.Tensor) -> torch.Tensor:
    """Coordinates (a, b, c) stand for the symmetric matrix [[a, b], [b, c]]."""
    return torch.einsum("...k,kij->...ij", z, BASIS)


def coordinates(P: np.ndarray) -> torch.Tensor:
    P = torch.as_tensor(P)
    return torch.stack([P[..., 0, 0], P[..., 0, 1], P[..., 1, 1]], dim=-1)


def affine_invariant(z: torch.Tensor) -> torch.Tensor:
    """<U, V>_P = tr(P^-1 U P^-1 V) in the coordinates (a, b, c)."""
    inverse = torch.linalg.inv(matrix_of(z))
    whitened = torch.einsum("...ij,kjl->...kil", inverse, BASIS)
    return torch.einsum("...kij,...lji->...kl", whitened, whitened)


METRIC = MetricField(affine_invariant)


def points(n: int, seed: int = 0) -> torch.Tensor:
    """Positive definite matrices with eigenvalues of about 0.5 to 3, as coordinates (n, 3)."""
    a = 0.5 * torch.randn(n, 2, 2, dtype=torch.float64, generator=generator(seed))
    return coordinates(torch.linalg.matrix_exp(a + a.mT))


def tangents(n: int, seed: int = 1) -> torch.Tensor:
    return 0.5 * torch.randn(n, 3, dtype=torch.float64, generator=generator(seed))


def test_inner_products_are_pyriemanns():
    z, u, v = points(20), tangents(20), tangents(20, 2)
    known = [innerproduct_riemann(*(matrix_of(x).numpy() for x in row)) for row in zip(u, v, z)]
    torch.testing.assert_close(METRIC.inner_product(z, u, v), torch.tensor(np.array(known).ravel()))


def test_distances_are_pyriemanns():
    """`eq-curve-length`"""
    z0, z1 = points(4), points(4, 3)
    known = [distance_riemann(matrix_of(a).numpy(), matrix_of(b).numpy()) for a, b in zip(z0, z1)]
    found = distance(METRIC, z0, z1, n_segments=64)
    torch.testing.assert_close(found, torch.tensor(known), rtol=1e-4, atol=1e-6)


def test_geodesics_run_through_pyriemanns():
    """`eq-geodesic-equation`"""
    z0, z1 = points(1)[0], points(1, 3)[0]
    found = geodesic(METRIC, z0, z1, n_segments=32).curve
    for i in (8, 16, 24):
        known = geodesic_riemann(matrix_of(z0).numpy(), matrix_of(z1).numpy(), i / 32)
        torch.testing.assert_close(found[i], coordinates(known), rtol=0, atol=1e-3)


def test_exponential_and_logarithm_are_pyriemanns():
    """`eq-exp`, `eq-log`"""
    z, v = points(3), tangents(3)
    ends = exp(METRIC, z, v)
    for start, velocity, end in zip(z, v, ends):
        P, V = matrix_of(start).numpy(), matrix_of(velocity).numpy()
        torch.testing.assert_close(end, coordinates(exp_map_riemann(V, P, Cm12=True)), rtol=1e-7, atol=1e-9)
        back = log_map_riemann(matrix_of(end).numpy(), P, C12=True)
        torch.testing.assert_close(velocity, coordinates(back), rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(log(METRIC, z, ends), v, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("method", "n"), [("ode", 64), ("pole-ladder", 4)])
def test_parallel_transport_is_pyriemanns(method, n):
    """`eq-parallel-transport`. The space is symmetric: the ladder is exact along a geodesic."""
    z0, z1, v = points(1)[0], points(1, 3)[0], tangents(1)[0]
    t = torch.arange(n + 1, dtype=torch.float64) / n
    P, Q = matrix_of(z0).numpy(), matrix_of(z1).numpy()
    curve = torch.stack([coordinates(geodesic_riemann(P, Q, float(s))) for s in t])
    known = coordinates(transport(matrix_of(v).numpy(), P, Q))
    found = parallel_transport(METRIC, curve, v, method=method)
    torch.testing.assert_close(found, known, rtol=1e-4, atol=1e-4)


def test_the_frechet_mean_is_pyriemanns():
    """`eq-frechet-mean`"""
    z = points(4)
    weights = torch.tensor([1.0, 2, 1, 3], dtype=torch.float64)
    known = mean_riemann(matrix_of(z).numpy(), tol=1e-12, sample_weight=weights.numpy())
    found = frechet_mean(METRIC, z, weights)
    torch.testing.assert_close(found, coordinates(known), rtol=1e-4, atol=1e-4)


def test_the_space_is_nowhere_positively_curved():
    """Curvatures of 2 x 2 matrices lie in [-1/2, 0]; 0 is that of the plane of P and any other direction."""
    z, u, v = points(30), tangents(30), tangents(30, 2)
    curvature = sectional_curvature(METRIC, z, u, v)
    assert (curvature <= 1e-9).all()
    assert (curvature >= -0.5 - 1e-9).all()
    assert curvature.min() < -0.1
    flat = sectional_curvature(METRIC, z, z, v)
    torch.testing.assert_close(flat, torch.zeros_like(flat), atol=1e-9, rtol=0)
