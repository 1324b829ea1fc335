"""Bures-Wasserstein distances at all ranks, and pyRiemann's distances behind a guard of the rank."""

import pytest
import torch
from pullback import spsd
from pyriemann.geometry.distance import distance as pyriemann_distance


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def rotation(n, seed=0):
    return torch.linalg.qr(normal(n, n, seed=seed))[0]


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
        (lambda: spsd.bures_wasserstein_distance(EYE, -EYE), "B: got eigenvalue -1"),
        (lambda: spsd.bures_wasserstein_distance(EYE.expand(2, 3, 3), EYE.expand(4, 3, 3)), "broadcasts"),
        (lambda: spsd.pairwise_bures_wasserstein(EYE), r"X: got shape \(3, 3\)"),
        (lambda: spsd.pairwise_bures_wasserstein(EYE[None], EYE[None, None]), "Y: got shape .* the batch"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
