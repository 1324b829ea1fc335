"""What a run measured for each claim, beside what is reported and recorded."""

import re

import pytest
from companion.widgets.panel.claims import FINISHED, claims_table, dot_plot
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


def test_the_end_of_a_run_is_read_off_the_last_line_of_the_command():
    assert FINISHED.search("02 quick: finished, in results/quick/02/seed-0")[1] == "results/quick/02/seed-0"
    assert FINISHED.search("02 quick: finished already, in results/x")[1] == "results/x"
    assert FINISHED.search("02 quick seed-0 | cell 3 of 41 | 0:12") is None


def test_a_dot_plot_has_its_marks_in_order_and_says_them(project):
    record_number(project, FIVE)
    run = write_run(project, 7, {"number": 11.25}, profile="quick").parent
    drawn = re.search(r"<svg.*?</svg>", claims_table(project, run))[0]
    assert "reported 10, recorded 10 [" in drawn
    dot = float(re.search(r'<circle cx="([\d.]+)"', drawn)[1])
    mark = float(re.search(r'<line x1="([\d.]+)" x2="\1" [^>]*stroke-width="2"', drawn)[1])
    assert mark < dot  # 10 is left of 11.25


def test_where_one_number_is_all_there_is_nothing_is_drawn():
    assert dot_plot(None, None, 3.0) == dot_plot("text", None, True) == dot_plot(3.0, None, 3.0) == ""
