"""The table of all claims, and what stops it."""

import json

import pytest
from companion import ledger
from companion.ledger.judging.outcomes import OUTCOMES
from ledger_project import FIVE, change, put_recorded, record_number, row, write_run

FIELDS = [
    "id", "document", "place", "statement", "reported", "confidence", "measured", "interval", "n", "seeds",
    "profile", "parameters", "device", "commit", "verdict", "why", "figure",
]  # fmt: skip


def test_without_results_nothing_is_claimed(project):
    rows = {found["id"]: found["verdict"] for found in ledger.scoreboard(project)}
    assert rows["number"] == rows["sentence"] == "not run"
    assert rows["on-celeba"] == rows["no-text"] == "not testable here"


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
    put_recorded(project, [{"sentence": 1.0}], controls={})
    text = (project / "book" / "claims.yml").read_text()
    (project / "book" / "claims.yml").write_text(text.replace("id: sentence", "id: phrase"))
    with pytest.raises(ValueError, match="claim id: got 'sentence'"):
        ledger.scoreboard(project)


def test_a_damaged_result_is_named(project):
    write_run(project, 0, {"number": 10.0}, profile="quick").write_text("{")
    with pytest.raises(ValueError, match=r"seed-0/result.json: got invalid JSON"):
        ledger.scoreboard(project)


def test_the_figure_is_a_path_from_the_root(project):
    put_recorded(project, [{"number": 10.0}])
    folder = project / "book" / "recorded" / "02_near_zero_curvature" / "seed-0"
    result = json.loads((folder / "result.json").read_text())
    result["readings"]["number"]["figure"] = "map"
    change(folder / "result.json", readings=result["readings"], figures={"map": {"png": "map.png"}})
    assert row(project, "number")["figure"] is None
    (folder / "map.png").write_bytes(b"png")
    assert row(project, "number")["figure"] == "book/recorded/02_near_zero_curvature/seed-0/map.png"


def test_claims_json_has_one_object_a_claim_with_every_field(project, tmp_path):
    record_number(project, FIVE)
    path = ledger.write_claims_json(tmp_path / "claims.json", ledger.scoreboard(project))
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


def test_the_real_scoreboard_is_whole(root):
    rows = ledger.scoreboard(root)
    assert {found["verdict"] for found in rows} <= set(OUTCOMES)
    assert not [found["id"] for found in rows if not found["why"]]
