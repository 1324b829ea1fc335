"""How the scores of spaces reach the claims, on equal spaces and on made-up differences."""

import dataclasses

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
from companion.chapters.disentangled_curvature.space_scores import score_space
from companion.ledger import load_claims
from companion.measures.space import Space
from torch import nn

THREE = ("szabo", "mathieu", "jha")
STEPS = (0.5, 2.0)


@pytest.fixture
def scores():
    """Equal spaces, so that every difference is known."""
    codes = torch.randn(40, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    space = Space(nn.Linear(4, 7, dtype=torch.float64).requires_grad_(False), codes, torch.arange(40) % 4)
    flat = score_space(space, space, torch.arange(24), n_points=8, steps=STEPS, seed=0)
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
        by = [dict(zip(("euclidean", "riemannian"), f, strict=True)) for f in (one, best)]
        return dataclasses.replace(scores["jha"], f_one=by[0], f_best=by[1])

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
