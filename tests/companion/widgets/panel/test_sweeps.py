"""A sweep from the panel: its file, its name, and its table while it grows."""

import json

import pytest
import yaml
from companion.ledger import load_claims
from companion.widgets.panel.sweeps import FOLDER, Sweep, shown
from ledger_project import NOTEBOOK, make_project, write_run


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.delenv("COMPANION_RUN_DIR", raising=False)
    return make_project(tmp_path / "project")


@pytest.fixture
def sweep(project):
    claims = load_claims(project / "book" / "claims.yml")
    return Sweep(NOTEBOOK, "quick", {"n_pairs": [10, 20]}, [0, 1], [claims["number"]])


def finish(project, sweep, seed, n_pairs, value):
    """Put a finished run where the workflow would."""
    made = write_run(project, seed, {"number": value}, profile="quick")
    folder = project / FOLDER / sweep.name / f"seed-{seed}_n_pairs-{n_pairs}"
    folder.mkdir(parents=True)
    content = json.loads(made.read_text())
    content["parameters"]["n_pairs"] = n_pairs
    (folder / "result.json").write_text(json.dumps(content))
    (folder / "receipt.json").write_text("{}")


def test_the_file_is_what_the_workflow_reads(project, sweep):
    content = yaml.safe_load(sweep.write(project).read_text())
    assert content["grid"] == {"n_pairs": [10, 20]}
    assert content["seeds"] == [0, 1]
    assert content["columns"] == {"number": "number"}


def test_the_same_question_has_the_same_name_whatever_is_tabulated(sweep):
    same = Sweep(sweep.notebook, sweep.profile, sweep.grid, sweep.seeds, [])
    other = Sweep(sweep.notebook, sweep.profile, {"n_pairs": [10]}, sweep.seeds, sweep.claims)
    assert same.name == sweep.name != other.name


def test_the_table_has_what_is_finished_and_dashes_for_the_rest(project, sweep):
    assert shown(sweep, sweep.done(project)).count("–") == 2
    finish(project, sweep, 0, 10, 3.0)
    finish(project, sweep, 1, 10, 5.0)
    html = shown(sweep, sweep.done(project))
    assert "4 [-8.706, 16.71]" in html  # 12.706 either side
    assert html.count("–") == 1
    assert "data:image/png;base64," in html


def test_two_parameters_make_every_combination(sweep):
    both = Sweep(NOTEBOOK, "quick", {"a": [1, 2], "b": ["x", "y"]}, [0], sweep.claims)
    assert both.combinations == [{"a": a, "b": b} for a in (1, 2) for b in ("x", "y")]
