"""Spectra of matrices, and what counts as their rank."""

import numpy as np
import pytest
import torch
from pullback import spsd


@pytest.mark.parametrize("rtol", [1e-12, 1e-9, 1e-6])
def test_gaussian_noise_has_ranks_7_7_48_whatever_made_it(generator, rtol):
    T = torch.randn(20, 7, 7, 128, generator=generator, dtype=torch.float64)
    ranks = torch.stack([spsd.rank(S, rtol=rtol) for S in spsd.mode_covariances(T)], dim=-1)
    assert (ranks == torch.tensor([7, 7, 48])).all()


def test_without_centring_noise_would_have_rank_49(generator):
    F = spsd.unfold(torch.randn(7, 7, 128, generator=generator, dtype=torch.float64), "channel")
    assert spsd.rank(F @ F.mT, rtol=1e-12) == 49


def test_the_rank_follows_the_threshold_down_a_geometric_spectrum():
    S = torch.diag(10.0 ** -torch.arange(12, dtype=torch.float64))
    rtols = [0.5 * 10.0**-k for k in range(12)]
    assert spsd.rank_sweep(S, rtols).tolist() == list(range(1, 13))


def test_a_larger_tolerance_never_finds_a_larger_rank(generator):
    S = spsd.mode_covariances(torch.randn(8, 7, 7, 20, generator=generator, dtype=torch.float64).exp())[2]
    sweep = spsd.rank_sweep(S, np.logspace(-14, 0, 40).tolist())
    assert (sweep.diff(dim=-1) <= 0).all()
    assert sweep[:, 0].unique().tolist() == [20]
    assert sweep[:, -1].unique().tolist() == [0]


def test_ranks_are_counted_in_float64_for_float32_matrices():
    S = torch.diag(torch.tensor([1.0, 1e-9, 1e-20]))
    assert spsd.rank(S, rtol=1e-12) == 2
    assert spsd.eigenvalues(S).dtype == torch.float64


def test_the_float32_default_is_that_of_numpy(generator):
    F = torch.randn(30, 12, 40, generator=generator, dtype=torch.float64)
    F = F * 10 ** -torch.linspace(0, 5, 12, dtype=torch.float64)[:, None]
    S = F @ F.mT
    seen = spsd.rank_by_float32_default(S)
    assert seen.tolist() == np.linalg.matrix_rank(S.float().numpy()).tolist()
    assert (seen < spsd.rank(S, rtol=1e-14)).all()


def test_a_zero_matrix_has_rank_0():
    assert spsd.rank(torch.zeros(3, 3), rtol=1e-3) == 0


@pytest.mark.parametrize(("spectrum", "expected"), [([2, 2, 2, 2], 4), ([5, 0, 0], 1), ([3, 3, 0], 2)])
def test_effective_rank_of_equal_eigenvalues_is_their_number(spectrum, expected):
    """`eq-spsd-effective-rank`: the exponential of the entropy of equal shares is their number."""
    S = torch.diag(torch.tensor(spectrum, dtype=torch.float64))
    assert float(spsd.effective_rank(S)) == pytest.approx(expected)


def test_effective_rank_of_two_unequal_eigenvalues():
    """`eq-spsd-effective-rank`: shares 3/4 and 1/4 give 4 / 3^(3/4)."""
    S = torch.diag(torch.tensor([3.0, 1.0], dtype=torch.float64))
    assert float(spsd.effective_rank(7 * S)) == pytest.approx(4 / 3**0.75)


def test_effective_rank_never_exceeds_the_rank_and_needs_no_threshold(generator):
    F = torch.randn(10, 9, 4, generator=generator, dtype=torch.float64)
    effective = spsd.effective_rank(F @ F.mT)
    assert (effective < 4).all()
    assert (effective > 1).all()


def test_shifting_the_spectrum_makes_any_covariance_positive_definite(generator):
    S = spsd.mode_covariances(torch.randn(2, 2, 8, generator=generator, dtype=torch.float64))[2]
    shifted = spsd.shift_spectrum(S, 0.1)
    torch.testing.assert_close(spsd.eigenvalues(shifted), spsd.eigenvalues(S) + 0.1)


def test_spectra_and_ranks_of_a_batch_are_those_of_its_members(tensors):
    S = spsd.mode_covariances(tensors)[2]
    for of in (spsd.eigenvalues, spsd.effective_rank, lambda S: spsd.rank(S, rtol=1e-6)):
        torch.testing.assert_close(of(S), torch.stack([of(s) for s in S]))
        assert of(S[:1]).shape[0] == 1


def test_strata_collect_samples_of_equal_ranks_largest_first():
    ranks = torch.tensor([[7, 6], [7, 7], [7, 6], [5, 7], [7, 6]])
    found = spsd.strata(ranks)
    assert [stratum.ranks for stratum in found] == [(7, 6), (7, 7), (5, 7)]
    assert [stratum.index.tolist() for stratum in found] == [[0, 2, 4], [1], [3]]


EYE = torch.eye(3, dtype=torch.float64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spsd.rank_sweep(EYE, []), "rtols: got none"),
        (lambda: spsd.effective_rank(torch.stack([EYE, 0 * EYE])), r"S\[1\]: got a zero matrix"),
        (lambda: spsd.shift_spectrum(EYE, -1.0), "epsilon: got -1.0, expected a positive number"),
        (lambda: spsd.strata(EYE), r"ranks: got shape \(3, 3\), torch.float64, expected an integer tensor"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
