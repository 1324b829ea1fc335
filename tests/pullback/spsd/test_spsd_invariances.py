"""What the distances between matrices must not see, and what every distance must satisfy."""

import pytest
import torch
from problems import normal
from pullback import spsd
from spsd_matrices import rotation


def sample(count, n, r, seed):
    F = normal(count, n, r, seed=seed)
    return F @ (F.mT @ F + torch.eye(r)) @ F.mT


STRATA = [(3, 1), (6, 2), (5, 3), (6, 5), (4, 4)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("n", "r"), STRATA)
def test_the_strata_distance_sees_neither_rotation_nor_scale_nor_pseudo_inversion(n, r, seed):
    """The invariances that Bonnabel and Sepulchre state of `eq-spsd-distance`."""
    X = sample(5, n, r, seed)
    D = spsd.pairwise_bonnabel_sepulchre(X, rank=r, k=0.7)
    O = rotation(n, seed)
    for moved in (O @ X @ O.mT, 1e3 * X, torch.linalg.pinv(X, rtol=1e-10, hermitian=True)):
        moved = (moved + moved.mT) / 2
        moved = spsd.pairwise_bonnabel_sepulchre(moved, rank=r, k=0.7, rtol=1e-10)
        torch.testing.assert_close(moved, D, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("n", "r"), STRATA)
def test_the_strata_distance_is_symmetric(n, r):
    X, Y = sample(4, n, r, 0), sample(5, n, r, 1)
    there = spsd.pairwise_bonnabel_sepulchre(X, Y, rank=r)
    torch.testing.assert_close(there, spsd.pairwise_bonnabel_sepulchre(Y, X, rank=r).mT, rtol=1e-8, atol=0)


def test_a_change_of_basis_is_seen_by_the_strata_distance_below_full_rank_only():
    W = normal(4, 4, seed=7)
    for r, same in ((4, True), (2, False)):
        X = sample(4, 4, r, 3)
        moved = spsd.pairwise_bonnabel_sepulchre(W @ X @ W.mT, rank=r)
        close = torch.isclose(moved, spsd.pairwise_bonnabel_sepulchre(X, rank=r), rtol=1e-6)
        assert bool(close.all()) is same


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "distances",
    [
        lambda seed: spsd.pairwise_bonnabel_sepulchre(sample(12, 4, 4, seed), rank=4),
        lambda seed: spsd.pairwise_bonnabel_sepulchre(sample(12, 4, 1, seed), rank=1),
        lambda seed: spsd.pairwise_affine_invariant(sample(12, 4, 4, seed)),
        lambda seed: spsd.pairwise_log_euclidean(sample(12, 4, 4, seed)),
        lambda seed: spsd.pairwise_bures_wasserstein(
            torch.cat([sample(4, 5, r, seed + r) for r in (1, 3, 5)])
        ),
    ],
    ids=["full rank", "rank one", "affine invariant", "log-Euclidean", "Bures"],
)
def test_the_triangle_inequality_holds(distances, seed):
    D = distances(seed)
    assert (D[:, None, :] <= D[:, :, None] + D[None] + 1e-9).all()


@pytest.mark.parametrize("seed", range(3))
def test_bures_and_log_euclidean_distances_do_not_see_rotation(seed):
    X, O = sample(5, 4, 4, seed), rotation(4, seed)
    for of in (spsd.pairwise_bures_wasserstein, spsd.pairwise_log_euclidean):
        torch.testing.assert_close(of(O @ X @ O.mT), of(X), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_ranks_and_effective_ranks_see_neither_rotation_nor_scale(seed):
    X, O = sample(5, 6, 3, seed), rotation(6, seed)
    moved = 1e-3 * O @ X @ O.mT
    assert spsd.rank(moved, rtol=1e-10).unique().tolist() == [3]
    torch.testing.assert_close(spsd.effective_rank(moved), spsd.effective_rank(X))


@pytest.mark.parametrize("seed", range(3))
def test_mirroring_or_permuting_a_mode_changes_no_distance_of_mode_covariances(seed):
    T = normal(6, 3, 3, 10, seed=seed)
    order = torch.randperm(10, generator=torch.Generator().manual_seed(seed))
    moved = T.flip(1)[..., order]
    ranks = (3, 3, 8)
    D = spsd.pairwise_on_stratum(spsd.mode_covariances(T), ranks=ranks)
    torch.testing.assert_close(
        spsd.pairwise_on_stratum(spsd.mode_covariances(moved), ranks=ranks), D, rtol=1e-7, atol=1e-9
    )
