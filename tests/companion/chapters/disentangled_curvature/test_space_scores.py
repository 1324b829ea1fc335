"""All scores of a space at once, on a flat decoder."""

import dataclasses
import math

import pytest
import torch
from companion.chapters.disentangled_curvature.space_scores import score_space
from companion.ledger.runs.readings import flatten
from companion.measures.of_space.lengths import c_hat
from companion.measures.space import Space
from torch import nn

STEPS = (0.5, 2.0)


def linear_space(scales, *, gap=0.0, n=40):
    generator = torch.Generator().manual_seed(0)
    d, labels = len(scales), torch.arange(n) % 4
    layer = nn.Linear(d, 7, dtype=torch.float64)
    with torch.no_grad():
        frame = torch.linalg.qr(torch.randn(7, d, generator=generator, dtype=torch.float64)).Q
        layer.weight.copy_(frame * torch.tensor(scales, dtype=torch.float64))
    codes = torch.randn(n, d, generator=generator, dtype=torch.float64)
    codes = codes + gap * nn.functional.one_hot(labels, d)
    return Space(nn.Sequential(layer, nn.Identity()), codes, labels)


@pytest.fixture(scope="module")
def flat():
    space = linear_space([1.0, 1.0, 4.0, 1.0])
    return score_space(space, space, torch.arange(24), n_points=8, steps=STEPS, seed=0)


def test_a_linear_decoder_neither_turns_nor_curves_whatever_its_residual_correlation(flat):
    assert flat.c_hat["all pairs"] > 0.05
    assert flat.c_hat["fitted units"] < 1e-9
    assert flat.curvature.median_size < 1e-9
    assert flat.scalar == pytest.approx(0, abs=1e-9)
    assert max(flat.sparse[0], flat.dense[0], flat.tenth, *flat.walked.values()) < 1e-4


def test_a_denser_sample_has_nearer_neighbours(flat):
    assert flat.dense[1] < flat.sparse[1]


def test_the_control_repeats_the_scores_of_the_decoder_that_it_is_given(flat):
    assert flat.c_hat["untrained"] == pytest.approx(c_hat(flat.bare).item())
    assert flat.curvature_bare < 1e-9
    assert len(flat.bare.space.labels) == 12


def test_what_is_kept_of_a_space_is_named_by_path_and_has_a_value(flat):
    kept = dict(flatten("flat", {"pairs": flat.of_pairs(), "angle": flat.angles(), "k": flat.curvatures()}))
    assert all(math.isfinite(value) for value in kept.values())
    assert kept["flat.pairs.distance.ratio"] * kept["flat.pairs.distance.euclidean"] == pytest.approx(
        kept["flat.pairs.distance.riemannian"]
    )
    gain = flat.f_best["riemannian"] - flat.f_best["euclidean"]
    assert kept["flat.pairs.f_score_best.gain"] == gain
    assert kept["flat.k.scaled"] < 1e-9


def test_an_angle_that_no_walk_reached_is_not_kept(flat):
    short = dataclasses.replace(flat, walked={0.5: 3.0, 2.0: math.nan})
    assert "at_0_5" in short.angles()
    assert "at_2" not in short.angles()
