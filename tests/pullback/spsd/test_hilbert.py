"""How much of a Hilbert space a sample fills, and where none holds it."""

import pytest
import torch
from problems import normal
from pullback import spsd
from spsd_matrices import STAR


def test_distances_that_fit_in_no_hilbert_space_show_as_a_negative_share():
    """Three leaves at 2 of one another cannot all be at 1 of one point."""
    K = spsd.centred_gram(STAR)
    assert float(spsd.gram_spectrum(K)[-1]) == pytest.approx(-1 / 4)
    assert float(spsd.negative_share(K)) == pytest.approx(0.25 / (0.25 + 2 + 2))
    assert float(spsd.negative_share(spsd.positive_part(K))) < 1e-15


def test_log_euclidean_distances_fit_in_a_hilbert_space():
    F = normal(30, 4, 9)
    K = spsd.centred_gram(spsd.pairwise_log_euclidean(F @ F.mT))
    assert float(spsd.negative_share(K)) < 1e-12
    assert int(spsd.numerical_dimensionality(K)) == 10


def test_a_strata_distance_need_not_fit_in_a_hilbert_space():
    """Rank-one matrices with one eigenvalue: lines through the origin with their angle as distance."""
    F = normal(40, 3, 1)
    X = F @ F.mT / F.square().sum(1, keepdim=True)
    K = spsd.centred_gram(spsd.pairwise_bonnabel_sepulchre(X, rank=1))
    assert float(spsd.negative_share(K)) > 0.01


def test_dimensionality_counts_the_eigenvalues_that_carry_a_share():
    O = torch.linalg.qr(normal(5, 5))[0]
    K = (O * torch.tensor([90.0, 5.0, 4.0, 1.0, 0.0], dtype=torch.float64)) @ O.mT
    assert [int(spsd.dimensionality(K, share=share)) for share in (0.5, 0.95, 0.99, 0.995)] == [1, 2, 3, 4]
    assert int(spsd.numerical_dimensionality(K)) == 4
    assert int(spsd.numerical_dimensionality(K, rtol=0.03)) == 3


def test_points_of_a_plane_have_dimensionality_two():
    X = normal(20, 2) @ normal(2, 50, seed=1)
    K = spsd.distance_preserving_gram(torch.cdist(X, X), origin=0)
    assert int(spsd.numerical_dimensionality(K)) == 2
    assert int(spsd.dimensionality(K, share=0.999)) == 2


EYE = torch.eye(3, dtype=torch.float64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: spsd.dimensionality(EYE, share=1.0),
            "share: got 1.0, expected a number above 0 and below 1",
        ),
        (lambda: spsd.dimensionality(-EYE, share=0.5), "K: got no positive eigenvalue"),
        (lambda: spsd.numerical_dimensionality(EYE, rtol=2.0), "rtol: got 2.0"),
        (lambda: spsd.negative_share(0 * EYE), "K: got a zero matrix"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
