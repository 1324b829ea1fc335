"""All pairs of two samples, in tiles of any size."""

import pytest
import torch
from pullback import spsd
from pullback.spsd.pairwise import tiles
from spsd_matrices import SIZES, of_rank

distance, pairwise = spsd.bonnabel_sepulchre_distance, spsd.pairwise_bonnabel_sepulchre


def test_batches_are_loops_and_pieces_do_not_show(monkeypatch):
    X = of_rank(12, 5, 3).reshape(2, 6, 5, 5)
    D = pairwise(X, rank=3)
    torch.testing.assert_close(D, torch.stack([pairwise(x, rank=3) for x in X]))
    monkeypatch.setattr("pullback.spsd.pairwise.NUMBERS", 1)
    monkeypatch.setattr("pullback.spsd.pairwise.FEWEST", 4)
    torch.testing.assert_close(pairwise(X, rank=3), D)
    assert distance(X[:1, 0], X[:1, 1], rank=3).shape == (1,)
    assert pairwise(X[:, :1], rank=3).tolist() == [[[0.0]], [[0.0]]]


@pytest.mark.parametrize(
    ("N", "M", "size"), [(7, 5, 3), (7, 5, 12), (7, 5, 100), (6, None, 4), (6, None, 50)]
)
def test_tiles_hold_every_pair_once(N, M, size):
    seen = torch.zeros(N, M or N)
    for i, j in tiles(N, M, size):
        seen[i, j] += 1
        assert (i.stop - i.start) * (j.stop - j.start) <= max(size, N if M is None else M)
    assert torch.equal(seen.triu(1), torch.ones_like(seen).triu(1)) if M is None else (seen == 1).all()


@pytest.mark.parametrize(("n", "r"), SIZES)
def test_distances_in_many_small_tiles_are_those_of_the_pairs_one_by_one(n, r, monkeypatch):
    monkeypatch.setattr("pullback.spsd.pairwise.NUMBERS", 1)
    monkeypatch.setattr("pullback.spsd.pairwise.FEWEST", 5)
    X = torch.stack([of_rank(4, n, r), of_rank(4, n, r, seed=1)])
    Y = torch.stack([of_rank(3, n, r, seed=2), of_rank(3, n, r, seed=3)])
    expected = distance(X[:, :, None], Y[:, None], rank=r)
    torch.testing.assert_close(pairwise(X, Y, rank=r), expected, rtol=1e-9, atol=0)
    bures = spsd.bures_wasserstein_distance(X[:, :, None], Y[:, None])
    torch.testing.assert_close(spsd.pairwise_bures_wasserstein(X, Y), bures, rtol=1e-9, atol=1e-9)
    within = pairwise(X, rank=r)
    assert torch.equal(within, within.mT)
    full = distance(X[:, :, None], X[:, None], rank=r)
    torch.testing.assert_close(within, full, rtol=1e-9, atol=1e-7)
