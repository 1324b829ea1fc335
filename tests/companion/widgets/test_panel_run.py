"""Behind the panel's button: a process, and its claims beside the recorded ones."""

import sys

import pytest
from companion.widgets.panel_run import FINISHED, STEP, claims_table, start_process
from ledger_project import FIVE, make_project, record_number, write_run


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.delenv("COMPANION_RUN_DIR", raising=False)
    return make_project(tmp_path / "project")


def test_a_runs_claims_stand_beside_the_reported_and_the_recorded_values(project):
    record_number(project, FIVE)
    run = write_run(project, 7, {"number": 11.25, "sentence": True}, profile="quick").parent
    table = claims_table(project, run)
    assert "this run, seed 7" in table
    for text in ("Something is so.", "11.25", "10 [", "5 seeds", "–"):
        assert text in table


def test_a_run_without_claims_says_so(project):
    run = write_run(project, 0, {}, profile="quick").parent
    assert claims_table(project, run) == "<div>This run records no claim.</div>"


def test_a_process_speaks_in_one_stream_and_is_told_to_end_with_this_one(tmp_path):
    code = "import os, sys; print(os.getcwd(), *sys.argv[1:], flush=True); print('late', file=sys.stderr)"
    with start_process([sys.executable, "-c", code], tmp_path) as process:
        said, _ = process.communicate(timeout=60)
    assert said.splitlines() == [f"{tmp_path} --die-with-parent", "late"]


def test_progress_and_end_are_read_off_the_lines_of_the_command():
    assert STEP.search("02 quick seed-0 | cell 3 of 41 | 12 s").groups() == ("3", "41")
    assert (
        FINISHED.search("02 quick seed-0: finished, in results/quick/02/seed-0")[1]
        == "results/quick/02/seed-0"
    )
    assert FINISHED.search("02 quick: finished already, in results/x")[1] == "results/x"
