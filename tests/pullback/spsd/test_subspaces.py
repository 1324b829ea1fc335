"""Angles between subspaces, of columns and of a Hilbert space."""

import math

import pytest
import torch
from problems import normal
from pullback import spsd


@pytest.mark.parametrize("angles", [(0.0, 0.0), (1e-10, 0.4), (0.3, math.pi / 2), (1e-5, 2e-5)])
def test_principal_angles_of_tilted_planes_are_the_tilts(angles):
    eye = torch.eye(5, dtype=torch.float64)
    t = torch.tensor(angles, dtype=torch.float64)
    tilted = eye[:, :2] * t.cos() + eye[:, 2:4] * t.sin()
    mixed = tilted @ normal(2, 2)
    found = spsd.principal_angles(eye[:, :2] @ normal(2, 2, seed=1), mixed)
    torch.testing.assert_close(found, t, rtol=1e-5, atol=1e-15)


def test_principal_angles_of_spaces_of_unequal_dimension():
    A, B = normal(3, 6, 2), normal(3, 6, 4, seed=1)
    found = spsd.principal_angles(A, B)
    assert found.shape == (3, 2)
    torch.testing.assert_close(found, spsd.principal_angles(B, A))
    torch.testing.assert_close(found[1], spsd.principal_angles(A[1], B[1]))
    assert spsd.principal_angles(A, torch.cat([A, B[..., :1]], -1)).max() < 1e-12


def test_a_sample_is_at_no_angle_from_itself_or_from_another_of_its_space():
    X = normal(12, 3) @ normal(3, 30, seed=1)
    Y = normal(9, 3, seed=2) @ normal(3, 30, seed=1)
    for other in (X, Y):
        angles = spsd.hilbert_principal_angles(X @ X.mT, other @ other.mT, X @ other.mT, dimension=3)
        assert angles.shape == (3,)
        assert angles.max() < 1e-6


def test_angles_in_the_hilbert_space_are_those_of_the_principal_subspaces():
    X, Y = normal(2, 15, 6), normal(2, 11, 6, seed=1)
    found = spsd.hilbert_principal_angles(X @ X.mT, Y @ Y.mT, X @ Y.mT, dimension=2)
    axes = [torch.linalg.svd(P)[2][:, :2].mT for P in (X, Y)]
    torch.testing.assert_close(found, spsd.principal_angles(*axes))


def test_a_sample_turned_out_of_its_plane_is_at_the_angle_of_the_turn():
    X = torch.cat([normal(10, 2), torch.zeros(10, 1, dtype=torch.float64)], -1)
    turned = torch.stack([X[:, 0], math.cos(0.4) * X[:, 1], math.sin(0.4) * X[:, 1]], -1)
    K_c, K_n, K_cn = X @ X.mT, turned @ turned.mT, X @ turned.mT
    angles = spsd.hilbert_principal_angles(K_c, K_n, K_cn, dimension=2)
    torch.testing.assert_close(angles, torch.tensor([0.0, 0.4], dtype=torch.float64), atol=1e-7, rtol=1e-9)


EYE = torch.eye(3, dtype=torch.float64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spsd.principal_angles(EYE, EYE[:2, :2]), r"B: got \(2, 2\)"),
        (lambda: spsd.principal_angles(EYE[:2], EYE), "A: got shape .* expected no more columns than rows"),
        (lambda: spsd.principal_angles(EYE, torch.ones_like(EYE)), "B: got linearly dependent columns"),
        (
            lambda: spsd.hilbert_principal_angles(torch.diag(EYE[0]), EYE, EYE, dimension=2),
            "dimension: got 2, expected at most 1, the positive eigenvalues of K_c",
        ),
        (lambda: spsd.hilbert_principal_angles(EYE, EYE, EYE[:2], dimension=2), "K_cn: got shape"),
        (
            lambda: spsd.hilbert_principal_angles(EYE, EYE, 2 * EYE, dimension=2),
            "K_cn: got cosine 2, expected 1",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
