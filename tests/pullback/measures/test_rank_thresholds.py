"""Ranks of latent tensors at every threshold (`eq-rank-threshold`), on spectra that are known."""

import pytest
import torch
from problems import normal
from pullback.measures.rank_thresholds import (
    histogram_distance,
    mismatch,
    nearest_threshold,
    ranges_in_words,
    spectra,
    thresholds,
    thresholds_in_range,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def diagonal_tensors(*variances):
    """Codes (N, h, 1, h) whose S1 has the given eigenvalues, where the rows' means vanish."""
    rows = torch.tensor(variances, dtype=torch.float64).sqrt()
    eye = torch.eye(rows.shape[-1], dtype=torch.float64)
    signs = torch.cat([eye, -eye], -1)
    return (rows[..., None] * signs)[:, :, None, :]


def test_random_tensors_have_full_ranks_but_for_the_mean_at_every_threshold_above_rounding():
    sample = spectra(normal(20, 7, 7, 64))
    for threshold in (1e-12, 1e-6, 1e-3):
        assert sample.ranges(threshold) == [(7, 7), (7, 7), (48, 48)]
        assert sample.n_strata(threshold) == 1


def test_the_rank_is_the_number_of_eigenvalues_above_the_threshold():
    """`eq-rank-threshold`, on spectra that are known."""
    sample = spectra(diagonal_tensors([1.0, 1e-2, 1e-4], [4.0, 4e-6, 0.0]))
    ranks = {tau: sample.ranks(tau)[:, 0].tolist() for tau in (1e-1, 1e-3, 1e-5, 1e-7)}
    assert ranks == {1e-1: [1, 1], 1e-3: [2, 1], 1e-5: [3, 1], 1e-7: [3, 2]}
    assert sample.n_strata(1e-3) == 2
    assert sample.n_strata(1e-1) == 1


def test_one_common_threshold_is_no_function_of_each_images_contrast_and_a_relative_one_is():
    T = normal(1, 7, 7, 12)
    faint = spectra(torch.cat([T, 1e-3 * T]))
    assert len({tuple(row) for row in faint.ranks(1e-2).tolist()}) == 1
    assert faint.ranks(1e-2, relative=False)[1].tolist() == [0, 0, 0]


def test_neither_threshold_depends_on_the_unit_of_the_codes():
    T = normal(4, 7, 7, 10) * torch.logspace(0, -4, 10, dtype=torch.float64)
    for relative in (True, False):
        before, after = (spectra(s * T).ranks(1e-3, relative=relative) for s in (1, 250.0))
        assert torch.equal(before, after)


def test_ranks_fall_as_the_threshold_rises():
    T = normal(4, 7, 7, 10) * torch.logspace(0, -6, 10, dtype=torch.float64)
    sample = spectra(T)
    ranks = torch.stack([sample.ranks(t) for t in thresholds(1e-14, 1e-1, 2)])
    assert (ranks.diff(dim=0) <= 0).all()
    assert (ranks[0] > ranks[-1]).any()


def test_thresholds_are_geometric_with_both_ends():
    found = thresholds(1e-12, 1e-2, 3)
    assert len(found) == 31
    assert found[0] == 1e-12
    assert found[-1] == pytest.approx(1e-2)
    assert found[3] / found[0] == pytest.approx(10)


def test_thresholds_are_named_at_which_reported_ranges_come_out():
    sample = spectra(diagonal_tensors([1.0, 1e-2, 1e-4], [1.0, 1e-6, 0.0]))
    reported = [(1, 2), (1, 1), (0, 0)]
    flags = thresholds_in_range(sample, reported, [1e-1, 1e-3, 1e-5])
    assert flags[:, 0].tolist() == [False, True, False]
    assert thresholds_in_range(sample, reported, [1e-1], slack=(1, 0, 0))[0, 0]
    assert mismatch(sample.ranges(1e-3), [(1, 2), sample.ranges(1e-3)[1], (0, 0)]) == sum(
        sample.ranges(1e-3)[2]
    )


@pytest.mark.parametrize("relative", [True, False])
def test_the_nearest_threshold_is_the_one_that_made_the_ranges(relative):
    T = normal(6, 7, 7, 30) * torch.logspace(0, -5, 30, dtype=torch.float64)
    T[3:] = T[3:] * torch.logspace(0, -2, 7, dtype=torch.float64)[:, None, None]
    sample, candidates = spectra(T), thresholds(1e-9, 1e-1, 1)
    made = sample.ranges(candidates[5], relative=relative)
    found = nearest_threshold(sample, made, candidates, relative=relative)
    assert found.gap == 0
    assert found.ranges(sample) == made
    assert torch.equal(found.ranks(sample), sample.ranks(found.value, relative=relative))
    assert found.n_strata(sample) == sample.n_strata(candidates[5], relative=relative)
    wrong = [(low - 1, high) for low, high in made]
    assert nearest_threshold(sample, wrong, [candidates[5]], relative=relative).gap == 3


def test_the_share_of_one_stratum_counts_thresholds():
    sample = spectra(diagonal_tensors([1.0, 1e-2, 1e-2], [1.0, 1e-4, 1e-4]))
    assert sample.share_of_one_stratum([1e-1, 1e-3, 1e-5, 1e-6]) == 0.75
    assert ranges_in_words([(7, 7), (5, 7)]) == "7 / 5 to 7"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spectra(normal(2, 7, 7, 3).float()), r"T: got \(2, 7, 7, 3\), float32, expected"),
        (lambda: spectra(normal(2, 3, 3, 3)).ranks(0.0), "threshold: got 0.0, expected a positive"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_histograms_of_ranks_are_apart_by_the_share_that_would_have_to_move():
    first = torch.tensor([[7, 40], [7, 41], [7, 48], [7, 48]])
    second = torch.tensor([[7, 41], [7, 41], [7, 41], [7, 48]])
    assert histogram_distance(first, second).tolist() == pytest.approx([0, 0.5])
    assert histogram_distance(first, first + 1).tolist() == pytest.approx([1, 1 - 0.25])
