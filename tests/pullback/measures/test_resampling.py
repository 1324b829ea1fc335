"""The jackknife against the standard error that it must give for a mean, and batches against single rows."""

import pytest
import torch
from pullback.measures.resampling import jackknife_error
from scipy.special import stdtrit


def test_the_jackknife_of_a_mean_is_its_standard_error(generator):
    """`eq-grouped-jackknife`"""
    x = torch.randn(9, generator=generator, dtype=torch.float64)
    without = (x.sum() - x) / 8
    assert jackknife_error(without).item() == pytest.approx((x.std() / 3).item())


def test_intervals_of_a_mean_hold_as_often_as_they_say_and_those_of_a_median_do_not(generator):
    """`eq-grouped-jackknife`: 30 points in 5 groups, 20,000 times."""
    x = torch.randn(20_000, 5, 6, generator=generator, dtype=torch.float64)

    def share(statistic, x, truth):
        rest = [x[:, [j for j in range(5) if j != k]].flatten(1) for k in range(5)]
        error = jackknife_error(torch.stack([statistic(part) for part in rest], dim=1))
        return ((statistic(x.flatten(1)) - truth).abs() <= stdtrit(4, 0.975) * error).double().mean()

    assert share(lambda x: x.mean(1), x, 0.0) == pytest.approx(0.95, abs=0.005)
    # The ratio of two normal numbers is Cauchy's, and half of its absolute values are below 1.
    y = torch.randn(x.shape, generator=generator, dtype=torch.float64)
    assert share(lambda x: x.quantile(0.5, dim=1), (x / y).abs(), 1.0) == pytest.approx(0.91, abs=0.01)


def test_each_row_of_a_batch_has_its_own_error(generator):
    without = torch.randn(2, 3, 5, generator=generator, dtype=torch.float64)
    found = jackknife_error(without)
    assert found.shape == (2, 3)
    assert found[1, 2] == jackknife_error(without[1, 2])
    assert jackknife_error(torch.ones(4, 6)).tolist() == [0.0] * 4
