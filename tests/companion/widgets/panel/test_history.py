"""Runs that were done before, and two of them side by side."""

import json

import pytest
from companion.widgets.panel.history import compared, past_runs
from ledger_project import NOTEBOOK, make_project, write_run
from PIL import Image


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.delenv("COMPANION_RUN_DIR", raising=False)
    return make_project(tmp_path / "project")


def past(project, seed, measured, *, started, **changes):
    """A run of the ledger's with the receipt that the workflow writes beside it."""
    result = write_run(project, seed, measured, profile="quick")
    content = json.loads(result.read_text())
    content["figures"] = {"map": {"png": "map.png", "words": "A map."}}
    result.write_text(json.dumps(content))
    Image.new("RGB", (600, 300), "white").save(result.parent / "map.png")
    receipt = {"notebook": NOTEBOOK, "profile": "quick", "seconds": 61.0, "started": started}
    receipt |= {"parameters": {"seed": seed, "n_pairs": 20} | changes, "changed": list(changes)}
    (result.parent / "receipt.json").write_text(json.dumps(receipt))
    return result.parent


def test_runs_are_listed_with_what_they_are_the_latest_first(project):
    past(project, 0, {"number": 10.0}, started="2026-11-30T10:00:00+00:00")
    past(project, 1, {"number": 10.0}, started="2026-11-30T11:00:00+00:00", n_pairs=7)
    other = project / "results" / "quick" / "another" / "seed-0"
    other.mkdir(parents=True)
    (other / "receipt.json").write_text("{")
    titles = [run.title for run in past_runs(project, NOTEBOOK)]
    assert titles == [
        "2026-11-30 11:00, quick, seed 1, n_pairs 7, 61 s",
        "2026-11-30 10:00, quick, seed 0, 61 s",
    ]


def test_two_runs_show_what_differs_and_what_moved_and_both_figures(project):
    past(project, 0, {"number": 10.0, "sentence": 1.0}, started="2026-11-30T10:00:00+00:00")
    past(project, 1, {"number": 12.5, "sentence": 1.0}, started="2026-11-30T11:00:00+00:00", n_pairs=7)
    second, first = past_runs(project, NOTEBOOK)
    html = compared(project, first, second)
    assert "<td>n_pairs" in html
    assert "1 of 2 that both measure" in html
    for text in ("12.5", "Something is so.", 'alt="A map."'):
        assert text in html
    assert html.count("data:image/webp;base64,") == 2


def test_a_run_beside_itself_has_not_moved(project):
    past(project, 0, {"number": 10.0}, started="2026-11-30T10:00:00+00:00")
    [run] = past_runs(project, NOTEBOOK)
    html = compared(project, run, run)
    assert "Both have the same parameters." in html
    assert "None of the 1 claims that both measure has moved." in html
