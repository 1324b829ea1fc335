"""Bures-Wasserstein distances at all ranks."""

import pytest
import torch
from problems import normal
from pullback import spsd
from pyriemann.geometry.distance import distance as pyriemann_distance
from spsd_matrices import rotation


def test_bures_distance_of_commuting_matrices_is_that_of_the_roots_of_their_spectra():
    O = rotation(4)
    a = torch.tensor([4.0, 1.0, 0.0, 0.0], dtype=torch.float64)
    b = torch.tensor([9.0, 0.0, 4.0, 0.0], dtype=torch.float64)
    A, B = (O * a) @ O.mT, (O * b) @ O.mT
    expected = torch.linalg.vector_norm(a.sqrt() - b.sqrt())
    torch.testing.assert_close(spsd.bures_wasserstein_distance(A, B), expected)


def test_bures_distance_is_the_procrustes_distance_of_any_factors():
    F, G = normal(5, 6, 3), normal(5, 6, 3, seed=1)
    U, _, Vh = torch.linalg.svd(G.mT @ F)
    least = torch.linalg.matrix_norm(F - G @ U @ Vh)
    torch.testing.assert_close(spsd.bures_wasserstein_distance(F @ F.mT, G @ G.mT), least)
    other = torch.linalg.matrix_norm(F - G @ rotation(3))
    assert (other > least).all()


def test_bures_distance_is_that_of_pyriemann_where_both_are_defined():
    F, G = normal(5, 4, 9), normal(5, 4, 9, seed=1)
    A, B = F @ F.mT, G @ G.mT
    expected = pyriemann_distance(A, B, metric="wasserstein")
    torch.testing.assert_close(spsd.bures_wasserstein_distance(A, B), expected)


def test_bures_distance_reaches_across_ranks_down_to_zero():
    A = torch.diag(torch.tensor([4.0, 9.0], dtype=torch.float64))
    torch.testing.assert_close(spsd.bures_wasserstein_distance(A, 0 * A), A.trace().sqrt())


def test_rounding_below_the_rank_does_not_move_a_matrix():
    A = torch.diag(torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64))
    noisy = A + torch.diag(torch.tensor([0.0, 0.0, 1e-17], dtype=torch.float64))
    B = torch.diag(torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64))
    of = spsd.bures_wasserstein_distance
    assert float(of(noisy, B)) == float(of(A, B))


def test_all_pairs_of_bures_are_the_single_pairs():
    F = normal(2, 5, 4, 4)
    F[..., :2, :, 1:] = 0
    X = F @ F.mT
    D = spsd.pairwise_bures_wasserstein(X)
    singles = spsd.bures_wasserstein_distance(X[:, :, None], X[:, None])
    torch.testing.assert_close(D, singles, atol=1e-6, rtol=1e-10)
    torch.testing.assert_close(spsd.pairwise_bures_wasserstein(X[:, :2], X)[..., 2:], D[:, :2, 2:])
    assert D.shape == (2, 5, 5)


EYE = torch.eye(3, dtype=torch.float64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spsd.bures_wasserstein_distance(EYE, -EYE), "B: got eigenvalue -1"),
        (lambda: spsd.bures_wasserstein_distance(EYE.expand(2, 3, 3), EYE.expand(4, 3, 3)), "broadcasts"),
        (lambda: spsd.pairwise_bures_wasserstein(EYE), r"X: got shape \(3, 3\)"),
        (lambda: spsd.pairwise_bures_wasserstein(EYE[None], EYE[None, None]), "Y: got shape .* the batch"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
