"""Matrices of one rank as eigenvectors and eigenvalues."""

import pytest
import torch
from pullback import spsd
from spsd_matrices import of_rank

distance, pairwise = spsd.bonnabel_sepulchre_distance, spsd.pairwise_bonnabel_sepulchre


def test_a_point_of_another_stratum_is_refused_by_name():
    X = of_rank(4, 5, 3)
    X[2] = of_rank(1, 5, 2)[0]
    message = r"X\[2\]: got rank 2 at rtol .*, expected rank 3; so at 1 of 4 matrices"
    with pytest.raises(ValueError, match=message):
        pairwise(X, rank=3)


def test_the_rank_is_that_at_the_tolerance_given():
    A = torch.diag(torch.tensor([1.0, 1e-4, 1e-13], dtype=torch.float64))
    assert distance(A, A, rank=2, rtol=1e-12) < 1e-12
    with pytest.raises(ValueError, match=r"A: got rank 3 at rtol 6.66e-16, expected rank 2"):
        distance(A, A, rank=2)


A = of_rank(2, 3, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: distance(A, A, rank=4), "rank: got 4, expected an integer from 1 to 3"),
        (lambda: distance(A, A, rank=2, rtol=-1.0), "rtol: got -1.0, expected a positive number"),
        (lambda: distance(-A, A, rank=2), r"A\[0\]: got eigenvalue -.*expected a positive semidefinite"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
