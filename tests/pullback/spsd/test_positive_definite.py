"""pyRiemann's distances of positive definite matrices, behind a guard of the rank."""

import math

import pytest
import torch
from problems import generator, normal
from pullback import spsd
from pullback.spsd import affine_invariant_distance
from pyriemann.geometry.distance import distance as pyriemann_distance
from spsd_matrices import rotation


def test_affine_invariant_distance_of_commuting_matrices_is_that_of_the_logarithms():
    O = rotation(3)
    a, b = normal(3).exp(), normal(3, seed=1).exp()
    A, B = (O * a) @ O.mT, (O * b) @ O.mT
    expected = torch.linalg.vector_norm((a / b).log())
    torch.testing.assert_close(spsd.affine_invariant_distance(A, B), expected)
    torch.testing.assert_close(spsd.log_euclidean_distance(A, B), expected)


@pytest.mark.parametrize(
    ("single", "pairwise"),
    [
        (spsd.affine_invariant_distance, spsd.pairwise_affine_invariant),
        (spsd.log_euclidean_distance, spsd.pairwise_log_euclidean),
    ],
)
def test_pairs_and_batches_of_pyriemann_are_the_single_distances(single, pairwise):
    F = normal(2, 4, 3, 7)
    X = F @ F.mT
    D = pairwise(X)
    assert D.shape == (2, 4, 4)
    torch.testing.assert_close(D[1, 0, 3], single(X[1, 0], X[1, 3]))
    torch.testing.assert_close(pairwise(X[:, :2], X)[..., 2:], D[:, :2, 2:])
    torch.testing.assert_close(pairwise(X[0]), D[0])
    assert pairwise(X.float()).dtype == torch.float32


def test_a_singular_matrix_is_refused_where_pyriemann_returns_a_number():
    A = torch.eye(3, dtype=torch.float64)
    B = torch.diag(torch.tensor([1.0, 1.0, 1e-20], dtype=torch.float64))
    assert torch.isfinite(pyriemann_distance(A, B, metric="riemann"))
    with pytest.raises(ValueError, match=r"B: got rank 2 at rtol 6.66e-16, expected rank 3"):
        spsd.affine_invariant_distance(A, B)
    with pytest.raises(ValueError, match=r"X\[1\]: got rank 2 at rtol 6.66e-16, expected rank 3"):
        spsd.pairwise_log_euclidean(torch.stack([A, B]))


EYE = torch.eye(3, dtype=torch.float64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: spsd.affine_invariant_distance(EYE, EYE.expand(2, 3, 3)),
            r"B: got shape \(2, 3, 3\), expected",
        ),
        (lambda: spsd.log_euclidean_distance(EYE, EYE.float()), "B: got dtype float32, expected float64"),
        (lambda: spsd.pairwise_log_euclidean(EYE), r"X: got shape \(3, 3\), expected \(\*batch, N, n, n\)"),
        (lambda: spsd.pairwise_affine_invariant(EYE[None], EYE[None, None]), "Y: got shape .* the batch"),
        (lambda: spsd.affine_invariant_distance(3, EYE), "A: got int, expected a float32 or float64 tensor"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_distance_of_two_metrics_is_that_of_their_eigenvalues_in_any_basis():
    A, B = torch.diag(torch.tensor([1.0, 2.0])).double(), torch.diag(torch.tensor([math.e, 2.0])).double()
    basis = torch.randn(6, 2, 2, generator=generator(), dtype=torch.float64)
    moved = affine_invariant_distance(basis @ A @ basis.mT, basis @ B @ basis.mT)
    torch.testing.assert_close(moved, torch.ones(6, dtype=torch.float64))
