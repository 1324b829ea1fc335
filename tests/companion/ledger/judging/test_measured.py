"""Measurements put together over seeds: ranges, intervals of a run's own, exams, sides."""

import pytest
from companion import ledger
from companion.ledger.judging.measured import combine
from ledger_project import CLAIMS, FIVE, make_project, put_recorded, row

EXAM = (
    "exams:\n  02_near_zero_curvature:\n    - {asks: it is alive, passes: dead == 0, of: [number]}\nshared:\n"
)


def test_a_range_is_averaged_end_by_end_and_each_end_has_an_interval(project):
    put_recorded(project, [{"sentence": [5, 7]}, {"sentence": [6, 7]}])
    found = row(project, "sentence")
    assert found["measured"] == [5.5, 7]
    assert found["ends"][1] == [7, 7]
    assert found["ends"][0] == pytest.approx(ledger.t_interval([5.0, 6.0]).interval)


def test_an_interval_keeps_to_the_range_of_the_quantity(tmp_path):
    project = make_project(tmp_path, CLAIMS.replace("shared:\n", "ranges: {positive: [q]}\nshared:\n"))
    values = [18.0, 31.0, 11455.0, 21.0, 23.0]
    put_recorded(project, [{"number": value} for value in values])
    assert row(project, "number")["interval"][0] > 0


def test_the_wider_of_the_runs_own_interval_and_that_over_seeds_counts(tmp_path):
    project = make_project(tmp_path)
    put_recorded(project, [{"number": value} for value in FIVE], interval=(9.0, 10.1))
    low, high = row(project, "number")["interval"]
    assert low == 9
    assert high == pytest.approx(ledger.t_interval(FIVE).high)


def test_a_training_that_fails_its_exam_is_left_out_and_named(tmp_path):
    project = make_project(tmp_path, CLAIMS.replace("shared:\n", EXAM))
    values = [*FIVE[:4], 11455.0]
    put_recorded(project, [{"number": v, "sentence": v, "dead": float(v > 20)} for v in values])
    found = row(project, "number")
    assert (found["seeds"], found["failed_seeds"]) == ([0, 1, 2, 3], {"4": "it is alive"})
    assert found["verdict"] == "reproduced"
    assert "Without seed 4, whose training failed the exam: it is alive." in found["why"]
    assert row(project, "sentence")["seeds"] == [0, 1, 2, 3, 4]  # the exam is not on what this one reads


def test_two_failed_trainings_are_too_many(tmp_path):
    project = make_project(tmp_path, CLAIMS.replace("shared:\n", EXAM))
    put_recorded(project, [{"number": v, "dead": float(k > 2)} for k, v in enumerate(FIVE)])
    found = row(project, "number")
    assert found["verdict"] == "not run"
    assert "3 trainings passed their exam" in found["why"]


def test_a_run_without_the_exams_reading_passes(tmp_path):
    project = make_project(tmp_path, CLAIMS.replace("shared:\n", EXAM))
    put_recorded(project, [{"number": value} for value in FIVE])
    assert row(project, "number")["failed_seeds"] == {}


def test_an_undisclosed_choice_that_flips_the_answer_decides(tmp_path):
    project = make_project(
        tmp_path,
        CLAIMS.replace("controls: {untrained", 'sides: {other: "-number"}\n    controls: {untrained'),
    )
    put_recorded(project, [{"number": value} for value in FIVE])
    found = row(project, "number")
    assert found["verdict"] == "set-up decides"
    assert found["sides"]["other"]["measured"] == pytest.approx(-10)
    assert {name: side["answer"] for name, side in found["sides"].items()} == {
        "as measured": "supported", "other": "refuted",
    }  # fmt: skip
    assert "supported by: as measured; refuted by: other." in found["why"]


def test_sides_that_agree_decide_nothing(tmp_path):
    project = make_project(
        tmp_path,
        CLAIMS.replace("controls: {untrained", "sides: {other: number + 0.1}\n    controls: {untrained"),
    )
    put_recorded(project, [{"number": value} for value in FIVE])
    assert row(project, "number")["verdict"] == "reproduced"


def test_no_run_measures_nothing(project):
    claims = ledger.load_claims(project / "book" / "claims.yml")
    assert combine(claims["number"], [], claims) is None
