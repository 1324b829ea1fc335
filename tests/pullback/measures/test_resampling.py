"""The jackknife against the standard error that it must give for a mean, and batches against single rows."""

import pytest
import torch
from pullback.measures.resampling import jackknife_error


def test_the_jackknife_of_a_mean_is_its_standard_error(generator):
    """`eq-grouped-jackknife`"""
    x = torch.randn(9, generator=generator, dtype=torch.float64)
    without = (x.sum() - x) / 8
    assert jackknife_error(without).item() == pytest.approx((x.std() / 3).item())


def test_each_row_of_a_batch_has_its_own_error(generator):
    without = torch.randn(2, 3, 5, generator=generator, dtype=torch.float64)
    found = jackknife_error(without)
    assert found.shape == (2, 3)
    assert found[1, 2] == jackknife_error(without[1, 2])
    assert jackknife_error(torch.ones(4, 6)).tolist() == [0.0] * 4
