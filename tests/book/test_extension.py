"""The parts of the book's extensions that need no build."""

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
    assert extension("writing").number(value) == text


def test_text_of_a_claim_cannot_become_markup(extension):
    row = {
        "id": "a-claim", "statement": "<b>bold</b> & more", "place": "Fig. <1>", "reported": 1.0,
        "unit": "<m>", "confidence": "P", "measured": 1.5, "interval": [1, 2], "n": 3,
        "n_what": "<pairs>", "seeds": [0], "quick_measured": None, "quick_controls": {}, "links": [],
        "controls": {"<none>": {"value": 1.0, "explains": True}}, "verdict": "reproduced", "why": "<script>",
    }  # fmt: skip
    text = str(extension("writing").templates().claim_row(row, {"P": "<i>read</i>"}))
    assert not [t for t in ("<b>", "<1>", "<m>", "<pairs>", "<none>", "<script>", "<i>") if t in text]
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; more" in text
    assert "accounts for it" in text


def test_every_verdict_has_a_sign_of_its_own(extension):
    from companion.ledger.judging.outcomes import OUTCOMES

    icons = extension("writing").ICONS
    assert set(icons) == set(OUTCOMES)
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


def _recorded(seed, **readings):
    kept = {path.replace("__", "."): {"value": value} for path, value in readings.items()}
    own = {"seed": seed, "device": "cpu", "commit": "0123456789abcdef", "seconds": 1800.0}
    return {**own, "parameters": {}, "claims": {}, "readings": kept}


def test_a_recorded_table_has_means_with_intervals_over_seeds_and_says_where_they_come_from(extension):
    tables = extension("tables")
    results = [_recorded(0, saving=1.0, once=4.0), _recorded(1, saving=3.0)]
    lines = tables.recorded(
        results, ["what | saved | other", "digits | saving | gone", "", "faces | once |"], {}, {}
    )
    assert lines[:2] == ["| what | saved | other |", "| --- | --- | --- |"]
    half = 12.7062 * 1.0  # Student's quantile for one degree of freedom times the standard error
    title, mean, gone = (part.strip() for part in lines[2].strip("|").split("|"))
    assert (title, gone) == ("digits", tables.ABSENT)
    low, high = mean.removeprefix("2 (").removesuffix(")").replace("\u2212", "-").split(" to ")
    assert [float(low), float(high)] == pytest.approx([2 - half, 2 + half], abs=0.01)
    assert lines[3] == "| faces | 4 |  |"
    origin = tables.origin(results)
    assert "seeds 0, 1" in origin
    assert "01234567" in origin
    assert "1.0 hours" in origin


def test_a_page_says_once_where_the_tables_of_a_notebook_come_from(extension):
    say, told = extension("tables").origin_once, set()
    results = [_recorded(0, saving=1.0)]
    full = say("02_far", results, told)
    assert "seeds 0" in full
    assert say("02_far", results, told) == "Recorded runs, as above."
    assert say("03_near", results, told) == full
    assert say("02_far", [], told).startswith("No run")
    assert extension("tables").origin([]).startswith("No run of the `paper` profile")


def test_a_recorded_table_can_show_what_the_document_says_and_what_the_runs_say_about_it(extension):
    tables = extension("tables")
    claims = {"a-claim": {"reported": 0.071, "verdict": "not run", "by_seed": [2.5]}}
    cells = "reported:a-claim | measured:a-claim | verdict:a-claim"
    lines = ["what | reported | measured | verdict", f"c | {cells}"]
    assert tables.recorded([_recorded(0)], lines, {}, claims)[2] == "| c | 0.071 | 2.5 | {verdict}`not run` |"
    with pytest.raises(Exception, match="got 'another', expected the id of a claim"):
        tables.recorded([_recorded(0)], ["what | reported", "c | reported:another"], {}, claims)


def test_a_recorded_table_counts_the_runs_that_say_yes(extension):
    tables = extension("tables")
    results = [_recorded(0, above=1.0), _recorded(1, above=0.0), _recorded(2, above=1.0), _recorded(3)]
    lines = ["what | yes | more | gone", "a | count:above | count:above > 0.5 | count:below"]
    assert tables.recorded(results, lines, {}, {})[2] == f"| a | 2 of 3 | 2 of 3 | {tables.ABSENT} |"


def test_a_recorded_table_evaluates_expressions_and_writes_out_its_axes(extension):
    tables = extension("tables")
    results = [_recorded(0, mnist__vae__a=2.0, mnist__jha__a=5.0, chairs__vae__a=1.0)]
    axes = {"data": {"MNIST": "mnist", "3D chairs": "chairs"}, "model": {"VAE": "vae", "Jha": "jha"}}
    rows = ["data | {model} | twice", "on {data} | {data}.{model}.a | 2 * {data}.vae.a"]
    lines = tables.recorded(results, rows, axes, {})
    assert lines[0] == "| data | VAE | Jha | twice |"
    assert lines[2:] == ["| on MNIST | 2 | 5 | 4 |", f"| on 3D chairs | 1 | {tables.ABSENT} | 2 |"]


def test_what_is_no_expression_stops_the_build(extension):
    with pytest.raises(Exception, match="recorded: got expression 'a b', which cannot be parsed"):
        extension("tables").recorded([_recorded(0)], ["what | value", "a | a b"], {}, {})


def test_a_table_of_verdicts_has_each_claim_with_its_measurement_and_interval(extension):
    verdicts = extension("tables").verdicts
    measured = {"verdict": "reproduced", "measured": 2.5, "interval": [2.0, 3.0], "unit": "dB"}
    absent = {"verdict": "not run", "measured": None, "interval": None, "unit": "1"}
    lines = verdicts({"a": measured, "b": absent}, ["model | smooth | fast", "VAE | a | b"])
    assert lines[0] == "| model | smooth | fast |"
    assert lines[2] == "| VAE | {verdict}`reproduced` 2.5 (2 to 3) dB | {verdict}`not run` |"
    with pytest.raises(Exception, match="got 'c', expected the id of a claim"):
        verdicts({"a": measured}, ["model | smooth", "VAE | c"])


def test_claims_are_sorted_by_the_models_they_speak_of(extension):
    models = extension("writing").models
    row = {"id": "ramirez2020-gan-128-tanh", "statement": "The determinants of a GAN vary more than a VAE's."}
    assert models(row) == ["VAE", "GAN"]
    assert models({"id": "shukla2019-szabo", "statement": "Flows in the plane."}) == ["disentangled"]


def test_prose_takes_numbers_by_name_with_arithmetic_seed_by_seed(extension):
    prose = extension("numbers_in_prose")
    tree = prose.Branch([{"a.b": 1.0, "a.c": 4.0}, {"a.b": 3.0, "a.c": 4.0}])
    assert str(tree.a.b).startswith("2 (")
    assert (10 * tree.a.b - tree.a.c).values == [6, 26]
    assert (tree.a.b.mean, tree.a.b.count) == (2, "1 of 2")
    assert str(prose.Branch([{"a.b": 0.25}]).a.b) == "0.25"
    assert f"{tree.a.b:.1f}" == "2.0"
    assert tree.a.b < 3 < tree.a.c
    uneven = prose.Branch([{"a": 1.0}, {"a": 2.0, "b": 10.0}, {"b": 20.0, "c": 5.0}])
    assert (uneven.b - uneven.a).values == [8]  # of the one run that has both
    assert str(uneven.a + uneven.c) == prose.NOT_RUN
    gone = tree.x.y
    assert str(100 * (gone - 1)) == prose.NOT_RUN
    trees = {"this_run": tree}
    sentence = "It is {{ 'more' if this_run.%s > 1 else 'no more' }}."
    assert prose.settled(sentence % "a.b", trees) == sentence % "a.b"
    assert prose.settled(sentence % "x.y", trees) == "It is not run."
    assert prose.settled("{{ 2 * this_run.x }}", trees) == "{{ 2 * this_run.x }}"  # which says so itself


def _judged(name, verdict, **more):
    own = {
        "id": name,
        "document": "a-document",
        "verdict": verdict,
        "toy": "",
        "answer": "refuted",
        "why": "",
    }
    return {**own, "scale": None, **more}


def test_what_moved_is_counted_by_the_rule_that_decided(extension):
    tables = extension("verdict_tables")
    rows = (
        _judged("a", "undecided", toy="Toy scale: 2 passes"),
        _judged("b", "undecided", answer="undecided"),
        _judged("c", "reproduced"),
        _judged("d", "not testable here", why="Circular: chosen to fit."),
        _judged("new", "contradicted"),
    )
    old = {"a": "not reproduced", "b": "not reproduced", "c": "reproduced", "d": "reproduced"}
    lines = tables.by_rule(rows, old, None)[2:]
    assert len(lines) == 4  # what stayed as it was is not among them
    assert any("toy scale (rule 5b)" in line for line in lines)
    assert any(
        "| reproduced | {verdict}`not testable here` | circular (rule 8) | 1 |" in line for line in lines
    )
    assert any(line.startswith(f"| {tables.NEW} |") for line in lines)


def test_every_outcome_has_the_rule_that_leads_to_it(extension):
    from companion.ledger.judging.outcomes import OUTCOMES

    reason = extension("verdict_tables").reason
    told = {name: reason(_judged("a", name)) for name in OUTCOMES if name != "not run"}
    assert all(told.values())
    assert reason(_judged("a", "direction only", scale="stand-in data")) == "other data (rule 5a)"


def test_a_dot_plot_shows_what_the_criterion_accepts_within_the_picture(extension):
    plot = extension("claim_plot").plot
    row = {"by_seed": [1.0, 2.0], "interval": [0.5, 2.5], "measured": 1.5, "reported": None}
    assert "accepted" not in plot({**row, "accepts": None})
    assert 'class="accepted" x="40" ' in plot({**row, "accepts": [None, 1.0]})
    assert "accepted" not in plot({**row, "accepts": [100.0, None]})  # far outside
