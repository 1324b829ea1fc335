"""All scores of a space at once, and how they reach the claims: on flat decoders and on made-up scores."""

import dataclasses
import math

import pytest
import torch
from companion.chapters.disentangled_curvature.claim_entries import (
    cluster_entries,
    comparison_entries,
    curvature_entry,
    dimension_entries,
    gain_entry,
    margin_entry,
)
from companion.chapters.disentangled_curvature.space_scores import (
    neighbour_angle,
    score_space,
    walked_angle,
)
from companion.ledger import load_claims
from companion.measures.space import CodeSpace
from torch import nn

THREE = ("szabo", "mathieu", "jha")
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
    return CodeSpace(codes, labels, nn.Sequential(layer, nn.Identity()))


class Bowl(nn.Module):
    """A unit sphere about the origin of R^3, as a graph over the plane."""

    def forward(self, z):
        return torch.cat([z, (1 - z.square().sum(-1, keepdim=True)).sqrt()], dim=-1)


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
    assert flat.c_hat["untrained"] == pytest.approx(flat.bare.c_hat())
    assert flat.curvature_bare < 1e-9
    assert len(flat.bare.labels) == 12


def test_on_a_sphere_the_angle_of_a_walk_is_the_angle_of_its_chord():
    generator = torch.Generator().manual_seed(0)
    codes = 0.2 * torch.randn(30, 2, generator=generator, dtype=torch.float64)
    space = CodeSpace(codes, torch.arange(30) % 2, Bowl())
    chord = 0.1
    # Of the two principal angles one is zero and one the angle between the points, 2 asin(chord / 2).
    expected = math.degrees(2 * math.asin(chord / 2)) / 2
    assert walked_angle(space, torch.arange(10), chord) == pytest.approx(expected, abs=1e-4)
    assert math.isnan(walked_angle(space, torch.arange(10), 5.0))
    degrees, apart = neighbour_angle(space, torch.arange(30), torch.arange(10))
    assert degrees == pytest.approx(math.degrees(2 * math.asin(apart / 2)) / 2, rel=0.05)


@pytest.fixture
def scores(flat):
    """Seven equal spaces, so that every difference is known."""
    return dict.fromkeys((*THREE, "clustered", "vae16", "vae80"), flat)


def raised(score, **c_hat):
    return dataclasses.replace(score, c_hat={**score.c_hat, **c_hat})


def comparison(scores):
    return comparison_entries(scores, "mnist", disentangled=THREE, small="vae16", large="vae80")


def test_every_entry_is_a_claim_with_the_controls_that_it_asks_for(scores):
    claims = load_claims()
    entries = comparison(scores) | dimension_entries(scores, [16, 80])
    for data in ("mnist", "chairs", "multipie"):
        entries |= cluster_entries(scores, data, disentangled=THREE, large="vae80")
    for single in (curvature_entry, margin_entry, gain_entry):
        entries |= single(scores, disentangled=THREE, small="vae16")
    absent = [name for name in entries if f"shukla2019-{name}" not in claims.by_id]
    assert not [name for name in absent if not name.startswith(("distance-", "fscore-"))]
    for name, entry in entries.items():
        if name in absent:  # the document's tables have no such cell
            continue
        claim = claims[f"shukla2019-{name}"]
        assert set(claim.controls) <= set(entry["controls"]), name
        assert claim.notebook == "05_disentangled_curvature"


def test_equal_spaces_differ_by_nothing_and_need_no_explanation(scores):
    entries = comparison(scores)
    assert entries["chat-mnist-jha-over-vae"]["value"] == 0
    assert entries["angle-mnist-jha-over-vae"]["value"] == 0
    judged = entries["chat-mnist-jha-over-vae"]["controls"]["clustered prior"]
    assert judged == {"value": 0, "explains": False}


def test_a_difference_that_the_clustered_prior_shows_too_is_explained_by_it(scores):
    flat = scores["jha"]
    scores["jha"] = raised(
        flat, **{"all pairs": flat.c_hat["all pairs"] + 0.1, "misfit": flat.c_hat["misfit"] + 1}
    )
    for much, explains in ((0.05, False), (0.2, True)):
        scores["clustered"] = raised(flat, **{"all pairs": flat.c_hat["all pairs"] + much})
        entry = comparison(scores)["chat-mnist-jha-over-vae"]
        assert entry["value"] == pytest.approx(0.1)
        assert entry["controls"]["clustered prior"]["explains"] is explains
        assert entry["controls"]["matched dimension and spacing"]["explains"] is False


def test_a_difference_of_angles_that_is_gone_at_equal_distance_is_explained_by_spacing(scores):
    scores["jha"] = dataclasses.replace(scores["jha"], sparse=(10.0, 3.0))
    entry = comparison(scores)["angle-mnist-jha-over-vae"]
    assert entry["controls"]["matched dimension and spacing"]["explains"] is True
    scores["jha"] = dataclasses.replace(scores["jha"], walked={0.5: 3.0, 2.0: 9.0})
    entry = comparison(scores)["angle-mnist-jha-over-vae"]
    assert entry["controls"]["matched dimension and spacing"]["explains"] is False


def test_a_gain_that_good_starts_take_away_is_explained_by_them(scores):
    def with_f(one, best):
        rulers = ("euclidean", "riemannian")
        return dataclasses.replace(
            scores["jha"],
            f_one=dict(zip(rulers, one, strict=True)),
            f_best=dict(zip(rulers, best, strict=True)),
        )

    for best, explains in (((90.0, 90.0), True), ((90.0, 93.0), False)):
        scores["jha"] = with_f((80.0, 85.0), best)
        entries = cluster_entries(scores, "mnist", disentangled=THREE, large="vae80")
        entry = entries["fscore-mnist-jha-gain"]
        assert entry["value"] == 5
        assert entry["controls"]["well-started Euclidean clustering"]["explains"] is explains


def test_a_ratio_of_distances_is_compared_with_the_larger_vae(scores):
    scores["jha"] = dataclasses.replace(scores["jha"], mean_distance={"euclidean": 1.0, "riemannian": 5.0})
    scores["vae80"] = dataclasses.replace(scores["jha"], mean_distance={"euclidean": 2.0, "riemannian": 4.0})
    entries = cluster_entries(scores, "multipie", disentangled=THREE, large="vae80")
    assert entries["distance-multipie-jha-ratio-over-vae"]["value"] == 3
    assert entries["distance-multipie-vae-ratio"]["controls"]["latent rescaling"] == 1


def test_a_margin_that_the_clustered_prior_has_too_is_explained_by_it(scores):
    flat = scores["jha"]
    scores |= {name: dataclasses.replace(flat, margins={"euclidean": 0.4}) for name in THREE}
    scores["vae16"] = dataclasses.replace(flat, margins={"euclidean": 0.1})
    for margin, explains in ((0.2, False), (0.5, True)):
        scores["clustered"] = dataclasses.replace(flat, margins={"euclidean": margin})
        entry = margin_entry(scores, disentangled=THREE, small="vae16")["margin-larger"]
        assert entry["value"] == pytest.approx(0.3)
        assert entry["controls"]["clustered prior"]["explains"] is explains


def test_dimensions_that_were_not_trained_have_no_entry(scores):
    assert dimension_entries(scores, [16, 80]).keys() >= {"dimension-16-chat", "dimension-chat-grows"}
    assert not any("64" in name or "grows" in name for name in dimension_entries(scores, [16]))
