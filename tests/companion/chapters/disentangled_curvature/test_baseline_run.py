"""The work: what is done is skipped, what was stopped goes on, and nothing that was measured is lost."""

import dataclasses
import json

import pytest
from companion.chapters.disentangled_curvature import baseline_run
from companion.chapters.disentangled_curvature.baseline_plan import Plan, Step, Tier
from companion.chapters.disentangled_curvature.baseline_run import Journal, missing_steps, read_rows, work
from companion.chapters.disentangled_curvature.baselines import Cell

CELL = Cell("mlp", "sigmoid", "fixed", 16, "relu")


@pytest.fixture
def few(monkeypatch, digits):
    """Few pictures to train on and to look at."""

    def load(name, split):
        return dataclasses.replace(digits, images=digits.images[:400], labels=digits.labels[:400])

    monkeypatch.setattr("companion.datasets.load", load)


def plan_of(*passes):
    return Plan((Tier("one", tuple(Step(CELL, n, 0) for n in passes)),), {}, ())


def rows_of(plan, journal, states, **options):
    return list(work(plan, journal, states, provenance={"commit": "abc"}, **options))


def comparable(rows):
    return [{name: value for name, value in row.items() if "seconds" not in name} for row in rows]


def test_a_stopped_training_gives_the_readings_of_one_that_was_not(few, tmp_path):
    straight = rows_of(plan_of(1, 3), Journal(tmp_path / "a.jsonl"), tmp_path / "a")
    journal, asked = Journal(tmp_path / "b.jsonl"), iter([False, False, True])
    first = rows_of(plan_of(1, 3), journal, tmp_path / "b", until=lambda: next(asked))
    assert [row["passes"] for row in first] == [1]
    second = rows_of(plan_of(1, 3), journal, tmp_path / "b")
    assert second[0].pop("passes_trained") == 1
    assert straight[1].pop("passes_trained") == 2
    assert comparable(second) == comparable(straight[1:])
    assert rows_of(plan_of(1, 3), journal, tmp_path / "b") == []


def test_a_row_has_what_the_exam_saw_and_geometry_only_where_it_was_passed(few, tmp_path):
    (row,) = rows_of(plan_of(1), Journal(tmp_path / "j.jsonl"), tmp_path)
    assert {"squared_error", "kl", "explained", "axes", "passed", "commit"} <= set(row)
    assert row["passed"] is False  # after three steps
    assert "c_hat" not in row


def test_what_is_recorded_is_not_done_again_and_what_is_measured_here_comes_first(tmp_path):
    recorded = tmp_path / "recorded.jsonl"
    recorded.write_text(json.dumps({"cell": CELL.name, "seed": 0, "passes": 1, "c_hat": 1.0}) + "\n")
    journal = Journal(tmp_path / "here.jsonl", recorded)
    assert [step.passes for step in missing_steps(plan_of(1, 5), journal)] == [5]
    journal.add({"cell": CELL.name, "seed": 0, "passes": 1, "c_hat": 2.0})
    assert [row["c_hat"] for row in journal.rows()] == [2.0]
    assert len(read_rows(journal.path)) == 1


def test_a_state_beyond_the_passes_asked_for_is_not_used(few, tmp_path):
    rows_of(plan_of(2), Journal(tmp_path / "a.jsonl"), tmp_path / "states")
    (row,) = rows_of(plan_of(1), Journal(tmp_path / "b.jsonl"), tmp_path / "states")
    assert row["passes_trained"] == 1


def test_the_recorded_rows_lie_beside_those_of_the_chapters(root):
    assert baseline_run.RECORDED.parent == (root / "book" / "recorded").relative_to(root)


def test_a_step_that_fails_says_why_and_does_not_stop_the_others(few, tmp_path, monkeypatch):
    measure, calls = baseline_run.measure_cell, []

    def fails_once(*given, **options):
        calls.append(None)
        if len(calls) == 1:
            raise ValueError("A[0]: got linearly dependent columns")
        return measure(*given, **options)

    monkeypatch.setattr(baseline_run, "measure_cell", fails_once)
    journal = Journal(tmp_path / "j.jsonl")
    failed, done = rows_of(plan_of(1, 2), journal, tmp_path)
    assert failed["failed"] == "A[0]: got linearly dependent columns"
    assert done["passes"] == 2
    assert [step.passes for step in missing_steps(plan_of(1, 2), journal)] == [1]
