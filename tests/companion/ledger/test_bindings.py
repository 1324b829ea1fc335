"""Bindings: what a run's readings say about a claim, and that runs of before stay valid."""

import pytest
from companion import ledger
from companion.ledger.bindings import entry
from ledger_project import CLAIMS, NOTEBOOK, QUICK, change, make_project, put_recorded, row

BOUND = CLAIMS.replace("measured: number\n", "measured: plain.saved - whitened.saved\n").replace(
    "bare.saved >= measured", "plain.bare >= measured"
)


def claim(tmp_path, text=BOUND):
    make_project(tmp_path, text)
    return ledger.load_claims(tmp_path / "book" / "claims.yml")["number"]


def reading(value, **more):
    own = {"interval": None, "n": None, "n_what": "pairs", "samples": None}
    return {**own, **dict.fromkeys(("setup", "figure", "note", "cell")), "value": value, **more}


READINGS = {
    "plain.saved": reading(12.0, n=30, figure="map", setup={"dataset": "mnist"}, cell="c7"),
    "whitened.saved": reading(2.0, n=20, n_what="points", note="as it is", cell="c8"),
    "plain.bare": reading(11.0),
}


def test_a_claim_is_what_its_expression_says_with_the_company_of_its_readings(tmp_path):
    found = entry(claim(tmp_path), {"readings": READINGS})
    assert (found["value"], found["n"], found["n_what"]) == (10, 20, "points")
    assert (found["figure"], found["note"], found["cell"]) == ("map", "as it is", "c7")
    assert found["setup"] == {"dataset": "mnist"}
    assert found["controls"] == {"untrained network": {"value": 11, "explains": True}}


def test_a_single_reading_brings_its_interval_and_samples(tmp_path):
    text = BOUND.replace("plain.saved - whitened.saved", "plain.saved")
    more = reading(12.0, interval=[11, 13], samples="plain.saved.samples.csv")
    found = entry(claim(tmp_path, text), {"readings": {**READINGS, "plain.saved": more}})
    assert (found["interval"], found["samples"]) == ([11, 13], "plain.saved.samples.csv")


def test_a_run_that_lacks_a_reading_says_nothing_about_the_claim(tmp_path):
    less = {name: one for name, one in READINGS.items() if name != "whitened.saved"}
    assert entry(claim(tmp_path), {"readings": less}) is None


def test_what_stands_beside_is_read_and_what_the_reading_leaves_out_is_filled_in(tmp_path):
    text = BOUND.replace(
        "    setup: {dataset: mnist, latent_dim: 32, n_pairs: 3}\n",
        "    beside: {twice: 2 * measured, absent: not_there}\n"
        "    sampled: {n: n_pairs, what: points}\n    used: {dataset: celeba}\n",
    )
    found = entry(claim(tmp_path, text), {"readings": READINGS, "parameters": {"n_pairs": 7}})
    assert found["beside"] == {"twice": 20}
    assert (found["n"], found["n_what"]) == (7, "points")
    assert found["setup"] == {"dataset": "celeba"}


def test_the_readings_come_before_what_a_run_wrote_down(tmp_path):
    written = {"value": 9.0, "interval": None, "n": 5, "n_what": "images", "controls": {}}
    found = entry(claim(tmp_path), {"claims": {"number": written}, "readings": READINGS})
    assert (found["value"], found["n"], found["n_what"]) == (10, 5, "images")


def test_a_control_whose_readings_are_missing_is_missing(tmp_path):
    less = {name: one for name, one in READINGS.items() if name != "plain.bare"}
    assert entry(claim(tmp_path), {"readings": less})["controls"] == {}


def test_what_an_earlier_run_wrote_down_stands_and_todays_rule_is_applied_to_it(tmp_path):
    bare = {"value": 9.5, "explains": None}
    written = {
        "value": 9.0,
        "interval": None,
        "n": 5,
        "n_what": "pairs",
        "controls": {"untrained network": bare},
    }
    found = entry(claim(tmp_path), {"claims": {"number": written}, "readings": {}})
    assert (found["value"], found["n"]) == (9, 5)
    assert found["controls"] == {"untrained network": {"value": 9.5, "explains": True}}


def test_a_new_control_changes_the_board_without_a_run(tmp_path):
    project = make_project(tmp_path)
    put_recorded(project, [{"number": 10.0 + 0.1 * seed} for seed in range(5)])
    for seed in range(5):
        path = project / "book" / "recorded" / NOTEBOOK / f"seed-{seed}" / "result.json"
        readings = {"number": reading(10.0 + 0.1 * seed), "far.saved": reading(20.0)}
        change(path, readings=readings)
    before = row(project, "number")
    assert (before["verdict"], list(before["controls"])) == ("reproduced", [])
    claims = project / "book" / "claims.yml"
    control = '{untrained network: "bare.saved >= measured > 0"}'
    claims.write_text(CLAIMS.replace(control, "{far from data: far.saved >= measured}"))
    after = row(project, "number")
    assert after["verdict"] == "explained by a control"
    told = {"value": 20, "explains": True, "satisfies": True, "agree": 5, "seeds": 5}
    assert after["controls"] == {"far from data": told}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("plain.saved - whitened.saved", "plain.saved +", "which cannot be parsed"),
        ("plain.saved - whitened.saved", "'3'", "expected the name of a reading"),
        ("plain.bare >= measured > 0", "exec(plain)", "Call there"),
    ],
)
def test_a_wrong_expression_is_refused_with_line_and_claim(tmp_path, old, new, reason):
    with pytest.raises(ValueError, match=rf"claims\.yml:\d+: number: .*{reason}"):
        claim(tmp_path, BOUND.replace(old, new))


def test_runs_keep_readings_that_claims_are_bound_to(tmp_path):
    project = make_project(tmp_path, BOUND)
    run = ledger.start(NOTEBOOK, QUICK, profile="quick", seed=0, root=project)
    run.keep("plain", saved=[11.0, 13.0], bare=3.0)
    run.keep("whitened", saved=2.5)
    run.finish()
    assert row(project, "number")["quick_measured"] == 9.5
    control = row(project, "number")["quick_controls"]["untrained network"]
    assert (control["value"], control["explains"], control["agree"]) == (3, False, 0)
