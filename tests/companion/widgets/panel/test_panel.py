"""The parameter panel: a form for every notebook, the command line that it stands for, a run by that line."""

import html
import json
import re
import shlex
from pathlib import Path

import pytest
import run as run_command
from companion import ledger
from companion.parameters import declared, written
from companion.widgets import ParameterPanel
from companion.widgets.panel.panel import STEP, STEPS, SWEPT
from panel_project import panel_project
from small_book import CHAPTER, some_claim
from units import make_unit

NOTEBOOKS = sorted(path.stem for path in (Path(__file__).resolve().parents[4] / "notebooks").glob("*.ipynb"))


def texts(panel) -> str:
    """What the panel shows as HTML, joined."""
    todo, found = [panel], []
    while todo:
        widget = todo.pop()
        todo += getattr(widget, "children", ())
        found += [widget.value] if type(widget).__name__ == "HTML" else []
    return "\n".join(found)


def headings(panel) -> list[str]:
    return re.findall(r"<h4[^>]*>(.*?)</h4>", texts(panel))


def unit_of(command: list[str]):
    """The unit of work that `workflow/run.py` makes of a command line."""
    assert command[1] == "workflow/run.py"
    return run_command._unit(run_command._parser().parse_args(command[2:]))


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_every_notebook_has_a_form_with_a_field_and_its_comment_for_each_parameter(notebook, root):
    panel = ParameterPanel(notebook, root=root)
    known = declared(root / "notebooks" / f"{notebook}.ipynb")
    assert set(panel.fields) | {"profile"} == set(known)
    shown = html.unescape(texts(panel))
    assert all(p.help in shown for name, p in known.items() if name != "profile")
    assert {"Data", "Models and training", "Sample sizes"} >= set(headings(panel)) - {"Measurement"}
    for profile in panel.profile.options:
        panel.profile.value = profile
        assert unit_of(panel.command) == make_unit(notebook, profile)


@pytest.fixture
def panel(root):
    return ParameterPanel("02_near_zero_curvature", profile="smoke", root=root)


def test_the_command_line_makes_the_unit_that_the_form_says(panel):
    panel.fields["seed"].text = "3"
    panel.fields["n_pairs"].text = "7"
    panel.fields["latent_dims"].text = "[2, 5]"
    panel.fields["conv_epochs"].text = "{mnist: 2}"
    changes = {"n_pairs": 7, "latent_dims": [2, 5], "conv_epochs": {"mnist": 2}}
    expected = make_unit("02_near_zero_curvature", "smoke", seed=3, changes=changes)
    assert unit_of(panel.command) == expected
    assert shlex.split(panel._command.text) == panel.command


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("n_pairs", "many", "n_pairs: got 'many', expected int"),
        ("n_pairs", "", "n_pairs: got '', expected int"),
        ("n_pairs", "1", "n_pairs: got 1, expected 2 to 5000; the nearest is 2"),
        ("latent_dims", "[1]", "latent_dims: got 1, expected 2 to 512; the nearest is 2"),
        ("conv_epochs", "{mnist", "conv_epochs: got '{mnist', expected dict[str, int]"),
        ("conv_epochs", "{mnits: 1}", "conv_epochs: got the key 'mnits'; did you mean 'mnist'?"),
    ],
)
def test_a_bad_value_is_named_in_one_line_and_nothing_runs(panel, name, text, message):
    panel.fields[name].text = text
    alert = re.search('<b role="alert"[^>]*>(.*)</b>', texts(panel))[1]
    assert html.unescape(alert) == message
    assert panel.command is None
    assert panel._job.button.disabled
    panel.run()
    assert not panel._job.running
    panel.fields[name].text = written(panel._expected[name])
    assert "alert" not in texts(panel)
    assert panel.command is not None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"notebook": "02_near_zero"},
            "notebook: got '02_near_zero', .* did you mean '02_near_zero_curvature'",
        ),
        (
            {"notebook": "02_near_zero_curvature", "profile": "quik"},
            "profile: got 'quik', expected one of smoke",
        ),
    ],
)
def test_unknown_names_are_refused(arguments, message, root):
    with pytest.raises(ValueError, match=message):
        ParameterPanel(**arguments, root=root)


def test_the_cost_is_said_before_a_run_and_changes_with_the_form(panel):
    assert re.search(r"This run will take about \d+ (s|min) .*GB of memory", texts(panel))
    before = panel._cost.value
    panel.fields["n_few"].text = "1000"
    assert panel._cost.value != before


def test_progress_is_read_off_the_lines_of_the_commands():
    line = "02 quick seed-0 | cell 3 of 41 | 0:12 | How many steps?"
    assert STEP.search(line).groups() == ("3", "41")
    assert STEPS.search("2 of 5 steps (40%) done").groups() == ("2", "5")
    assert SWEPT.search("a: the table of 4 runs is in results/sweeps/a/table.json")


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    return ParameterPanel(CHAPTER, root=panel_project(tmp_path)), tmp_path


@pytest.mark.slow
def test_a_run_shows_its_claims_beside_the_recorded_ones(small):
    panel, folder = small
    panel.fields["n_pairs"].text = "50"
    panel.run()
    panel.wait()
    result = json.loads(next((folder / "results" / "custom").glob("*/*/result.json")).read_text())
    assert result["parameters"]["n_pairs"] == 50
    claim, shown = some_claim(folder), texts(panel)
    recorded = next(row for row in ledger.scoreboard(folder) if row["id"] == claim.id)
    assert claim.statement in shown
    for number in (claim.reported, recorded["measured"], 12.5):
        assert f"{number:.4g}" in shown
    assert f"{len(recorded['seeds'])} seeds" in shown
    assert panel._job.progress.value == panel._job.progress.max > 1


@pytest.mark.slow
def test_a_run_that_fails_says_so_in_one_line(small):
    panel, folder = small
    panel.fields["dataset"].text = "broken"
    panel.run()
    panel.wait()
    status = re.search('<div role="status">(.*)</div>', texts(panel))[1]
    assert "AssertionError: the data set is broken" in status
    assert "<table" not in texts(panel)
    assert not panel._job.button.disabled
    assert not list((folder / "results").glob("custom/*/*/result.json"))


@pytest.mark.slow
def test_the_two_latest_runs_are_there_to_compare(small):
    panel, _ = small
    assert panel.compare.disabled
    for n_pairs in (50, 60):
        panel.fields["n_pairs"].text = str(n_pairs)
        panel.run()
        panel.wait()
    assert [field.value.parameters["n_pairs"] for field in (panel.first, panel.second)] == [50, 60]
    panel._show_compared()
    assert "Parameters that differ" in panel._compared.value
