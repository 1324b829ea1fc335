"""Matrices that are none are refused by name."""

import pytest
import torch
from pullback import spsd

EYE = torch.eye(3, dtype=torch.float64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spsd.unfold(torch.zeros(2, 2, 2).long(), "width"), "T: got dtype int64"),
        (lambda: spsd.unfold(torch.zeros(2, 2, 2).numpy(), "width"), "T: got ndarray"),
        (lambda: spsd.mode_covariances(torch.full((2, 2, 2), torch.nan)), "T: got 8 NaN or infinite"),
        (lambda: spsd.rank(EYE, rtol=0.0), "rtol: got 0.0, expected a positive number"),
        (lambda: spsd.rank(EYE[:2], rtol=1e-3), r"S: got shape \(2, 3\), expected \(\*batch, n, n\)"),
        (lambda: spsd.rank(-EYE, rtol=1e-3), "S: got eigenvalue -1, expected a positive semidefinite"),
        (
            lambda: spsd.eigenvalues(EYE.cumsum(0)),
            r"S: got \|S - S\^T\| up to 1, expected a symmetric matrix",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
