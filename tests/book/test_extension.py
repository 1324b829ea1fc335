"""The parts of the book's extensions that need no build."""

import json
from pathlib import Path

import pytest


def _run(root: Path, name: str) -> Path:
    folder = root / "results" / "quick" / "02_far" / name
    folder.mkdir(parents=True)
    (folder / "02_far.ipynb").write_text("{}")
    return folder


def test_the_page_shows_the_run_with_the_lowest_seed(extension, tmp_path):
    for name in ("seed-10", "seed-2", "seed-0_dataset-fashion-mnist"):
        _run(tmp_path, name)
    assert extension("runs").first_run(tmp_path, "quick", "02_far").name == "seed-2"


def test_an_unfinished_run_is_not_shown(extension, tmp_path):
    (_run(tmp_path, "seed-0") / "02_far.ipynb").unlink()
    assert extension("runs").first_run(tmp_path, "quick", "02_far") is None


def test_the_profile_comes_from_the_environment(extension, monkeypatch):
    runs = extension("runs")
    monkeypatch.delenv("COMPANION_PROFILE", raising=False)
    monkeypatch.delenv("PROFILE", raising=False)
    assert runs.profile() == "quick"
    monkeypatch.setenv("PROFILE", "smoke")
    assert runs.profile() == "smoke"


def test_a_missing_vendored_script_stops_the_build(extension, monkeypatch):
    from sphinx.errors import ExtensionError

    offline = extension("offline")
    assert offline.mathjax_script().is_file()
    monkeypatch.setattr(offline, "SCRIPT", Path("static") / "mathjax" / "gone.js")
    with pytest.raises(ExtensionError, match=r"got no gone\.js, expected it in the package"):
        offline.mathjax_script()
    monkeypatch.setattr(offline, "PACKAGE", "a-package-that-is-not-there")
    with pytest.raises(ExtensionError, match="pip install a-package-that-is-not-there"):
        offline.mathjax_script()


def test_a_number_in_the_prose_is_read_from_the_run(extension):
    look_up = extension("result_role").look_up
    result = {
        "claims": {"shao-ratio": {"value": 1.04}},
        "measurements": {"pairs": {"value": 12}},
        "parameters": {"n_pairs": 200},
        "device": "cpu",
    }
    assert [look_up(result, name) for name in ("shao-ratio", "pairs", "n_pairs", "device")] == [
        1.04,
        12,
        200,
        "cpu",
    ]
    assert look_up(result, "nothing") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0123456, "0.01235"),
        (-2.5, "−2.5"),
        (200, "200"),
        (True, "yes"),
        ([1, 2.5], "1 to 2.5"),
        (None, "—"),
    ],
)
def test_numbers_are_written_for_a_reader(extension, value, text):
    assert extension("scoreboard_html").number(value) == text


def test_text_of_a_claim_cannot_become_markup(extension):
    html = extension("scoreboard_html")
    row = {
        "id": "a-claim", "statement": "<b>bold</b> & more", "place": "Fig. <1>", "reported": 1.0,
        "unit": "<m>", "confidence": "P", "measured": 1.5, "interval": [1, 2], "n": 3,
        "n_what": "<pairs>", "seeds": [0],
        "controls": {"<none>": {"value": 1.0, "explains": True}}, "verdict": "reproduced", "why": "<script>",
    }  # fmt: skip
    text = html.claim_row(row, {}, lambda row: "")
    assert not [tag for tag in ("<b>", "<1>", "<m>", "<pairs>", "<none>", "<script>") if tag in text]


def test_every_verdict_has_a_sign_of_its_own(extension):
    from companion.ledger.verdicts import VERDICTS

    icons = extension("scoreboard_html").ICONS
    assert set(icons) == set(VERDICTS)
    assert len(set(icons.values())) == len(icons)


def test_a_chapter_that_was_not_run_says_so_and_refers_to_no_output(extension):
    executed = extension("executed")
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# Title"},
        {
            "cell_type": "markdown",
            "metadata": {},
            "source": ["See {numref}`fig-a` and ", "{glue:text}`b:.2f`."],
        },
    ]
    shown = executed._with_note({"cells": cells, "nbformat": 4, "nbformat_minor": 5}, "quick")["cells"]
    assert "has not been run" in shown[1]["source"]
    assert shown[2]["source"] == "See *(not run)* and *(not run)*."
    assert cells[1]["source"] == ["See {numref}`fig-a` and ", "{glue:text}`b:.2f`."]


def _recorded(seed, **measurements):
    values = {name: {"value": value} for name, value in measurements.items()}
    own = {"seed": seed, "device": "cpu", "commit": "0123456789abcdef", "seconds": 1800.0}
    return {**own, "parameters": {}, "claims": {}, "measurements": values}


def test_a_recorded_table_has_means_with_intervals_over_seeds_and_says_where_they_come_from(extension):
    recorded_table = extension("recorded_table")
    results = [_recorded(0, saving=1.0, once=4.0), _recorded(1, saving=3.0)]
    lines = recorded_table.table(
        results, ["what | saved | other", "digits | saving | gone", "", "faces | once |"]
    )
    assert lines[:2] == ["| what | saved | other |", "| --- | --- | --- |"]
    half = 12.7062 * 1.0  # Student's quantile for one degree of freedom times the standard error
    title, mean, gone = (part.strip() for part in lines[2].strip("|").split("|"))
    assert (title, gone) == ("digits", recorded_table.ABSENT)
    low, high = mean.removeprefix("2 (").removesuffix(")").replace("\u2212", "-").split(" to ")
    assert [float(low), float(high)] == pytest.approx([2 - half, 2 + half], abs=0.01)
    assert lines[3] == "| faces | 4 |  |"
    origin = recorded_table.origin(results)
    assert "seeds 0, 1" in origin
    assert "01234567" in origin
    assert "1.0 hours" in origin


def test_a_page_says_once_where_the_tables_of_a_notebook_come_from(extension):
    say, told = extension("recorded_table").origin_once, set()
    results = [_recorded(0, saving=1.0)]
    full = say("02_far", results, told)
    assert "seeds 0" in full
    assert say("02_far", results, told) == "Recorded runs, as above."
    assert say("03_near", results, told) == full
    assert say("02_far", [], told).startswith("No run")


def test_a_recorded_table_can_show_what_the_document_says_and_what_the_runs_say_about_it(extension):
    recorded_table = extension("recorded_table")
    claim = "shukla2019-chat-mnist-vae"
    results = [_recorded(0, other=1.0)]
    assert recorded_table.cell(results, f"reported:{claim}") == "0.071"
    assert recorded_table.cell(results, f"verdict:{claim}") == "{verdict}`not run`"


def test_a_recorded_table_counts_the_runs_that_say_yes(extension):
    recorded_table = extension("recorded_table")
    results = [_recorded(0, above=1.0), _recorded(1, above=0.0), _recorded(2, above=1.0), _recorded(3)]
    assert recorded_table.cell(results, "count:above") == "2 of 3"
    assert recorded_table.cell(results, "count:below") == recorded_table.ABSENT


def test_without_recorded_runs_the_table_says_so(extension):
    assert extension("recorded_table").origin([]).startswith("No run of the `paper` profile")


def test_a_table_of_verdicts_has_each_claim_with_its_measurement_and_interval(extension):
    verdict_table = extension("verdict_table")
    measured = {"verdict": "reproduced", "measured": 2.5, "interval": [2.0, 3.0], "unit": "dB"}
    absent = {"verdict": "not run", "measured": None, "interval": None, "unit": "1"}
    lines = verdict_table.table({"a": measured, "b": absent}, ["model | smooth | fast", "VAE | a | b"])
    assert lines[0] == "| model | smooth | fast |"
    assert lines[2] == "| VAE | {verdict}`reproduced` 2.5 (2 to 3) dB | {verdict}`not run` |"
    with pytest.raises(Exception, match="got 'c', expected the id of a claim"):
        verdict_table.table({"a": measured}, ["model | smooth", "VAE | c"])


def test_a_claim_is_traced_to_the_cell_that_records_it(extension, tmp_path):
    cells = [
        ("one", 'run.record_all("shao2017-table-", values)'),
        ("two", 'run.record("shao2017-table-mnist", 1.0)\nrun.record("other2020-x", 1.0)'),
        ("three", "print('shao2017-plain')"),
    ]
    notebook = tmp_path / "a.ipynb"
    content = [{"cell_type": "code", "id": name, "source": text} for name, text in cells]
    notebook.write_text(json.dumps({"cells": content}))
    find = extension("cells").recording_cell
    claims = ("shao2017-table-faces", "shao2017-table-mnist", "other2020-x", "another2020-y")
    assert [find(notebook, claim) for claim in claims] == ["one", "two", "two", "two"]
    assert find(tmp_path / "absent.ipynb", "other2020-x") is None


def test_claims_are_sorted_by_the_models_they_speak_of(extension):
    models = extension("scoreboard_html").models
    row = {"id": "ramirez2020-gan-128-tanh", "statement": "The determinants of a GAN vary more than a VAE's."}
    assert models(row) == ["VAE", "GAN"]
    assert models({"id": "shukla2019-szabo", "statement": "Flows in the plane."}) == ["disentangled"]


def test_a_recorded_table_evaluates_expressions_and_writes_out_its_axes(extension):
    recorded_table = extension("recorded_table")
    kept = {"mnist.vae.a": 2.0, "mnist.jha.a": 5.0, "chairs.vae.a": 1.0}
    readings = {path: {"value": value} for path, value in kept.items()}
    results = [{"claims": {}, "measurements": {}, "readings": readings, "parameters": {}}]
    axes = {"data": {"MNIST": "mnist", "3D chairs": "chairs"}, "model": {"VAE": "vae", "Jha": "jha"}}
    lines = recorded_table.table(
        results, ["data | {model} | twice", "on {data} | {data}.{model}.a | 2 * {data}.vae.a"], axes
    )
    assert lines[0] == "| data | VAE | Jha | twice |"
    assert lines[2:] == ["| on MNIST | 2 | 5 | 4 |", f"| on 3D chairs | 1 | {recorded_table.ABSENT} | 2 |"]


def test_prose_takes_numbers_by_name_with_arithmetic_seed_by_seed(extension):
    prose = extension("numbers_in_prose")
    tree = prose.Branch([{"a.b": 1.0, "a.c": 4.0}, {"a.b": 3.0, "a.c": 4.0}])
    assert str(tree.a.b).startswith("2 (")
    assert (10 * tree.a.b - tree.a.c).values == [6, 26]
    assert (tree.a.b.mean, tree.a.b.count) == (2, "1 of 2")
    assert str(prose.Branch([{"a.b": 0.25}]).a.b) == "0.25"
    assert f"{tree.a.b:.1f}" == "2.0"
    assert tree.a.b < 3 < tree.a.c
    gone = tree.x.y
    assert str(100 * (gone - 1)) == prose.NOT_RUN
    assert not gone > 0
