"""Verdicts and the scoreboard, from results that the real `Run` wrote."""

import json

import pytest
from companion import ledger
from companion.ledger.criteria import in_words, satisfied
from companion.ledger.verdicts import VERDICTS
from ledger_project import change, make_project, put_recorded, row, write_run

FIVE = [9.6, 9.9, 10.0, 10.1, 10.4]
FIELDS = [
    "id", "document", "place", "statement", "reported", "confidence", "measured", "interval", "n", "seeds",
    "profile", "parameters", "device", "commit", "verdict", "why", "figure",
]  # fmt: skip


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "project")


def record_number(project, values, **options):
    put_recorded(project, [{"number": value} for value in values], **options)
    return row(project, "number")


def test_without_results_nothing_is_claimed(project):
    rows = {found["id"]: found["verdict"] for found in ledger.scoreboard(project)}
    assert rows["number"] == rows["sentence"] == "not run"
    assert rows["on-celeba"] == rows["no-text"] == "not testable here"


def test_five_seeds_near_the_reported_number_reproduce_it(project):
    found = record_number(project, FIVE)
    assert found["verdict"] == "reproduced"
    assert found["measured"] == pytest.approx(10)
    assert found["interval"] == pytest.approx(ledger.t_interval(FIVE).interval)
    assert (found["seeds"], found["n"], found["profile"]) == ([0, 1, 2, 3, 4], 200, "paper")


def test_far_from_the_number_only_the_direction_is_left(project):
    assert record_number(project, [3.0, 3.1, 3.2, 2.9, 2.8])["verdict"] == "direction only"


def test_the_wrong_sign_is_not_reproduced(project):
    assert record_number(project, [-3.0, -3.1, -3.2, -2.9, -2.8])["verdict"] == "not reproduced"


def test_a_direction_needs_an_interval_clear_of_zero(project):
    put_recorded(project, [{"sentence": value} for value in (1.0, -0.9, 2.0, 0.4, -0.5)])
    found = row(project, "sentence")
    assert found["measured"] > 0
    assert found["verdict"] == "not reproduced"


def test_a_control_that_explains_the_effect_takes_the_verdict(project):
    found = record_number(project, FIVE, controls={"untrained network": {"value": 9.8, "explains": True}})
    assert found["verdict"] == "explained by a control"
    assert "untrained network (9.8)" in found["why"]


def test_a_control_that_explains_it_in_a_minority_of_seeds_does_not(project):
    for seed, value in enumerate(FIVE):
        control = {"untrained network": {"value": 1.0, "explains": seed < 2}}
        result = write_run(project, seed, {"number": value}, controls=control)
        target = project / "book" / "recorded" / "02_near_zero_curvature" / f"seed-{seed}"
        target.mkdir(parents=True)
        result.rename(target / "result.json")
    assert row(project, "number")["verdict"] == "reproduced"


def test_a_control_does_not_rescue_what_is_not_reproduced(project):
    options = {"controls": {"untrained network": {"value": -3, "explains": True}}}
    assert record_number(project, [-3.0] * 5, **options)["verdict"] == "not reproduced"


def test_a_missing_control_is_told(project):
    assert "Without the control: untrained network." in record_number(project, FIVE)["why"]


def test_fewer_than_five_seeds_give_no_verdict(project):
    found = record_number(project, FIVE[:4])
    assert found["verdict"] == "not run"
    assert "4 seeds" in found["why"]


def test_what_differs_from_the_document_is_told(project):
    why = record_number(project, FIVE)["why"]
    assert "n_pairs 200 instead of 3" in why
    assert "latent_dim" not in why  # 32 is among latent_dims


def test_a_number_on_other_data_is_not_testable(project):
    put_recorded(project, [{"on-celeba": 0.04}] * 5)
    found = row(project, "on-celeba")
    assert found["verdict"] == "not testable here"
    assert found["measured"] == 0.04
    assert "dataset mnist instead of celeba" in found["why"]


def test_on_other_data_a_direction_is_the_most_that_can_be_kept(project):
    put_recorded(project, [{"celeba-direction": 0.04}] * 5)
    assert row(project, "celeba-direction")["verdict"] == "direction only"


def test_a_subset_of_the_documents_data_counts_as_its_data(project):
    put_recorded(project, [{"celeba-direction": 0.04}] * 5, setup={"dataset": "celeba-6000"})
    found = row(project, "celeba-direction")
    assert found["verdict"] == "reproduced"
    assert "dataset celeba-6000 instead of celeba" in found["why"]


def test_what_cannot_be_tested_stays_so_even_when_measured(project):
    put_recorded(project, [{"no-text": 3}] * 5)
    found = row(project, "no-text")
    assert (found["verdict"], found["measured"]) == ("not testable here", 3)


def test_quick_results_never_fill_the_paper_column(project):
    for seed in range(6):
        write_run(project, seed, {"number": 10.0}, profile="quick")
    found = row(project, "number")
    assert found["verdict"] == "not run"
    assert found["measured"] is found["interval"] is found["profile"] is None
    assert found["quick_measured"] == 10
    assert found["quick_seeds"] == [0, 1, 2, 3, 4, 5]


def test_quick_results_recorded_by_hand_stop_the_scoreboard(project):
    result = write_run(project, 0, {"number": 10.0}, profile="quick")
    target = project / "book" / "recorded" / "02_near_zero_curvature" / "seed-0"
    target.mkdir(parents=True)
    result.rename(target / "result.json")
    with pytest.raises(
        ValueError, match="in profile quick, expected 02_near_zero_curvature in profile paper"
    ):
        ledger.scoreboard(project)


@pytest.mark.parametrize("fields", [{"commit": "other"}, {"parameters": {}}])
def test_recorded_runs_that_do_not_belong_together_stop_the_scoreboard(project, fields):
    put_recorded(project, [{"number": 10.0}] * 2)
    change(project / "book" / "recorded" / "02_near_zero_curvature" / "seed-1" / "result.json", **fields)
    with pytest.raises(ValueError, match=f"got another {next(iter(fields))} than in seed-0"):
        ledger.scoreboard(project)


def test_a_recorded_result_of_an_unknown_claim_stops_the_scoreboard(project):
    put_recorded(project, [{"sentence": 1.0}])
    text = (project / "book" / "claims.yml").read_text()
    (project / "book" / "claims.yml").write_text(text.replace("id: sentence", "id: phrase"))
    with pytest.raises(ValueError, match="claim id: got 'sentence'"):
        ledger.scoreboard(project)


def test_a_damaged_result_is_named(project):
    write_run(project, 0, {"number": 10.0}, profile="quick").write_text("{")
    with pytest.raises(ValueError, match=r"seed-0/result.json: got invalid JSON"):
        ledger.scoreboard(project)


def test_a_range_is_averaged_end_by_end(project):
    put_recorded(project, [{"sentence": [5, 7]}, {"sentence": [6, 7]}])
    assert row(project, "sentence")["measured"] == [5.5, 7]


def test_the_figure_is_a_path_from_the_root(project):
    put_recorded(project, [{"number": 10.0}])
    folder = project / "book" / "recorded" / "02_near_zero_curvature" / "seed-0"
    result = json.loads((folder / "result.json").read_text())
    result["claims"]["number"]["figure"] = "map"
    change(folder / "result.json", claims=result["claims"], figures={"map": {"png": "map.png"}})
    assert row(project, "number")["figure"] is None
    (folder / "map.png").write_bytes(b"png")
    assert row(project, "number")["figure"] == "book/recorded/02_near_zero_curvature/seed-0/map.png"


def test_claims_json_has_one_object_a_claim_with_every_field(project, tmp_path):
    record_number(project, FIVE)
    path = ledger.write_claims_json(tmp_path / "claims.json", root=project)
    rows = json.loads(path.read_text())
    assert [found["id"] for found in rows] == [
        "number",
        "sentence",
        "on-celeba",
        "celeba-direction",
        "no-text",
    ]
    assert not [name for found in rows for name in FIELDS if name not in found]
    assert not list(tmp_path.glob(".*"))


def test_the_summary_counts_every_verdict(project):
    record_number(project, FIVE)
    counts = ledger.summary(project)["shao2017"]
    assert tuple(counts) == VERDICTS
    assert counts == dict.fromkeys(VERDICTS, 0) | {"reproduced": 1, "not run": 1, "not testable here": 3}


def test_the_real_scoreboard_is_whole(root):
    rows = ledger.scoreboard(root)
    assert {found["verdict"] for found in rows} <= set(VERDICTS)
    assert not [found["id"] for found in rows if not found["why"]]


@pytest.mark.parametrize(
    ("criterion", "reported", "mean", "interval", "expected"),
    [
        ({"kind": "within", "atol": 1}, 10, 11.0, None, True),
        ({"kind": "within", "atol": 1}, 10, 11.1, None, False),
        ({"kind": "within", "rtol": 0.1, "atol": 1}, -10, -12.0, None, True),
        ({"kind": "interval_contains"}, 2, 1.0, [0.5, 2.5], True),
        ({"kind": "interval_contains"}, 3, 1.0, [0.5, 2.5], False),
        ({"kind": "range_contains"}, 0.01, [0.0, 0.1], None, True),
        ({"kind": "range_contains"}, 0.2, [0.0, 0.1], None, False),
        ({"kind": "equals"}, 7, 7.0, [7, 7], True),
        ({"kind": "equals"}, 7, [6.0, 7.0], None, False),
        ({"kind": "equals", "value": 8, "atol": 0.5}, 7, 8.4, None, True),
        ({"kind": "in_reported_range"}, [2, 3], 2.5, [0, 9], True),
        ({"kind": "in_reported_range"}, [2, 3], 3.5, [0, 9], False),
        ({"kind": "same_range", "atol": 1}, [29, 48], [30.0, 48.0], None, True),
        ({"kind": "same_range"}, [29, 48], [30.0, 48.0], None, False),
        ({"kind": "between", "low": -1, "high": 1}, 0, 0.0, [-0.5, 0.5], True),
        ({"kind": "between", "low": -1, "high": 1}, 0, 0.0, [-0.5, 1.5], False),
        ({"kind": "less_than", "value": 1}, None, 0.9, [0.8, 1.0], False),
        ({"kind": "less_than", "value": 1}, None, 0.9, [0.8, 0.99], True),
        ({"kind": "greater_than", "value": 1}, None, 1.1, None, True),
        ({"kind": "direction", "reported": "negative"}, None, -1.0, [-2, -0.1], True),
        ({"kind": "direction", "reported": "negative"}, None, -1.0, [-2, 0.1], False),
        ({"kind": "holds"}, None, 1.0, [1, 1], True),
        ({"kind": "holds"}, None, 0.8, [0.2, 1.4], False),
        ({"kind": "all_of", "of": [{"kind": "holds"}, {"kind": "equals"}]}, 1, 1.0, None, True),
        ({"kind": "all_of", "of": [{"kind": "holds"}, {"kind": "equals"}]}, 2, 1.0, None, False),
    ],
)
def test_criteria_decide_as_written(criterion, reported, mean, interval, expected):
    assert satisfied(criterion, reported, mean, interval) is expected
    assert in_words(criterion, reported)
