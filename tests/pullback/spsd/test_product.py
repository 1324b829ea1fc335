"""Distances on a product of strata."""

import pytest
import torch
from pullback import spsd
from spsd_matrices import of_rank

distance, pairwise = spsd.bonnabel_sepulchre_distance, spsd.pairwise_bonnabel_sepulchre


def test_the_product_distance_adds_squares():
    covariances = spsd.mode_covariances(
        torch.randn(6, 2, 3, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    )
    ranks, weights = (2, 3, 5), (1.0, 2.0, 0.5)
    D = spsd.pairwise_on_stratum(covariances, ranks=ranks, k=2, weights=weights)
    parts = [w * pairwise(S, rank=r, k=2) ** 2 for S, r, w in zip(covariances, ranks, weights)]
    torch.testing.assert_close(D**2, sum(parts))
    rows = [S[:2] for S in covariances]
    cross = spsd.pairwise_on_stratum(rows, covariances, ranks=ranks, k=2, weights=weights)
    torch.testing.assert_close(cross[:, 2:], D[:2, 2:])


A = of_rank(2, 3, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spsd.pairwise_on_stratum([A], ranks=(2, 2)), "ranks: got 2 for 1 in X and 1 in Y"),
        (lambda: spsd.product_distance([]), "distances: got 0 and 0 weights"),
        (
            lambda: spsd.product_distance([A, A[0]]),
            r"distances\[1\]: got shape \(3, 3\), expected \(2, 3, 3\)",
        ),
        (lambda: spsd.product_distance([A], weights=[-1]), "weights: got -1, expected a positive number"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
