"""Mode covariances of latent tensors, and what counts as their rank."""

import numpy as np
import pytest
import torch
from pullback import spsd


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def tensors(generator):
    return torch.randn(5, 3, 4, 6, generator=generator, dtype=torch.float64)


def test_mode_covariances_are_covariances_of_height_width_and_channel_slices(tensors):
    """`eq-spsd-mode-covariance`: entry (p, q) is the covariance of slices p and q of that mode."""
    covariances = spsd.mode_covariances(tensors)
    assert [tuple(S.shape) for S in covariances] == [(5, 3, 3), (5, 4, 4), (5, 6, 6)]
    for mode, S in enumerate(covariances, 1):
        p, q = tensors.select(mode, 0).flatten(1), tensors.select(mode, 2).flatten(1)
        expected = [np.cov(a, b)[0, 1] for a, b in zip(p.numpy(), q.numpy())]
        np.testing.assert_allclose(S[:, 0, 2], expected, atol=1e-14)


def test_a_tensor_that_varies_along_the_height_alone_has_no_variance_within_a_row():
    ramp = torch.arange(4.0, dtype=torch.float64)[:, None, None].expand(4, 5, 6)
    height, width, channel = spsd.mode_covariances(ramp)
    assert height.abs().max() == 0
    variance = 5 / 4 * (6 * 4) / (6 * 4 - 1)
    torch.testing.assert_close(width, torch.full_like(width, variance))
    torch.testing.assert_close(channel, torch.full_like(channel, 5 / 4 * 20 / 19))


def test_the_divisor_m_gives_the_smaller_covariance(tensors):
    for S, T, m in zip(
        spsd.mode_covariances(tensors), spsd.mode_covariances(tensors, divisor="m"), (24, 18, 12)
    ):
        torch.testing.assert_close(S * (m - 1) / m, T)


def test_unfoldings_keep_all_numbers_and_put_their_mode_in_rows(tensors):
    F = spsd.unfold(tensors, "width")
    assert F.shape == (5, 4, 18)
    torch.testing.assert_close(F[2, 1], tensors[2, :, 1, :].flatten())


def test_a_constant_added_to_each_slice_changes_no_covariance(tensors):
    shifted = spsd.mode_covariances(tensors + torch.arange(6.0, dtype=torch.float64))[2]
    torch.testing.assert_close(shifted, spsd.mode_covariances(tensors)[2])


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


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_covariances_keep_the_dtype_and_leave_the_tensor_alone(tensors, dtype):
    T = tensors.to(dtype)
    before = T.clone()
    assert {S.dtype for S in spsd.mode_covariances(T)} == {dtype}
    assert torch.equal(T, before)


EYE = torch.eye(3, dtype=torch.float64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: spsd.unfold(torch.zeros(2, 2), "width"),
            r"T: got shape \(2, 2\), expected \(\*batch, h, w, c\)",
        ),
        (lambda: spsd.unfold(torch.zeros(2, 2, 2), "depth"), "mode: got 'depth', expected one of height"),
        (lambda: spsd.unfold(torch.zeros(2, 2, 2).long(), "width"), "T: got dtype int64"),
        (lambda: spsd.unfold(torch.zeros(2, 2, 2).numpy(), "width"), "T: got ndarray"),
        (lambda: spsd.mode_covariances(torch.full((2, 2, 2), torch.nan)), "T: got 8 NaN or infinite"),
        (
            lambda: spsd.mode_covariances(torch.zeros(2, 2, 2), divisor="n"),
            "divisor: got 'n', expected 'm - 1'",
        ),
        (lambda: spsd.mode_covariances(torch.zeros(3, 1, 1)), "T: got one column in the height unfolding"),
        (lambda: spsd.rank(EYE, rtol=0.0), "rtol: got 0.0, expected a positive number"),
        (lambda: spsd.rank(EYE[:2], rtol=1e-3), r"S: got shape \(2, 3\), expected \(\*batch, n, n\)"),
        (lambda: spsd.rank(-EYE, rtol=1e-3), "S: got eigenvalue -1, expected a positive semidefinite"),
        (lambda: spsd.rank_sweep(EYE, []), "rtols: got none"),
        (
            lambda: spsd.eigenvalues(EYE.cumsum(0)),
            r"S: got \|S - S\^T\| up to 1, expected a symmetric matrix",
        ),
        (lambda: spsd.effective_rank(torch.stack([EYE, 0 * EYE])), r"S\[1\]: got a zero matrix"),
        (lambda: spsd.shift_spectrum(EYE, -1.0), "epsilon: got -1.0, expected a positive number"),
        (lambda: spsd.strata(EYE), r"ranks: got shape \(3, 3\), torch.float64, expected an integer tensor"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_unknown_names_are_no_part_of_the_package():
    assert "rank" in dir(spsd)
    with pytest.raises(AttributeError, match="ranc"):
        _ = spsd.ranc
    assert all(callable(getattr(spsd, name)) for name in spsd.__all__)
