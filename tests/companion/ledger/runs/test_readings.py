"""Readings: what becomes of a result that a run keeps, and which paths can hold one."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from companion.ledger.recorded import read_result
from companion.ledger.runs.readings import by_path, current_cell, flatten, path_of, path_problem


def test_mappings_and_results_with_readings_are_branches():
    result = SimpleNamespace(readings=lambda: {"c": 3, "d": {"e": 4}})
    assert dict(flatten("x", {"a": 1, "b": result})) == {"x.a": 1, "x.b.c": 3, "x.b.d.e": 4}
    assert dict(flatten("", {"a": {"b": 2}})) == {"a.b": 2}


def test_titles_become_words_of_a_path():
    found = by_path({"k-means, one start": 1, "RBF off": 2, "Gauss–Newton (3)": 3})
    assert found == {"k_means_one_start": 1, "rbf_off": 2, "gauss_newton_3": 3}
    assert not any(map(path_problem, found))
    assert path_of("RBF off", "k-means, one start") == "rbf_off.k_means_one_start"


def kept(run, **options):
    run.keep("some", **options)
    return read_result(run.finish())["readings"]


def test_one_value_per_pair_gives_mean_n_and_samples(run, project):
    found = kept(run, saved=torch.tensor([1.0, 2.0, 6.0]), n_what="pairs")["some.saved"]
    assert (found["value"], found["n"], found["n_what"]) == (3, 3, "pairs")
    written = (run.directory / found["samples"]).read_text().split()
    assert written == ["value", "1.0", "2.0", "6.0"]


def test_single_values_truths_and_ranges_keep_their_kind(run):
    found = kept(run, a=torch.tensor(2.5), b=True, c=(1, np.float64(2)), d=[7.0], n=9, n_what="points")
    assert {path: entry["value"] for path, entry in found.items()} == {
        "some.a": 2.5,
        "some.b": 1,
        "some.c": [1, 2],
        "some.d": 7,
    }
    assert {(entry["n"], entry["n_what"], entry["samples"]) for entry in found.values()} == {
        (9, "points", None)
    }


def test_setup_figure_and_note_go_with_each_reading(run):
    class Figure:
        def savefig(self, file, **_):
            file.write(b"x")

    run.figure(Figure(), "map")
    found = kept(run, a=1, b=2, setup={"dataset": "mnist"}, figure="map", note="as it is")
    for entry in found.values():
        assert entry["setup"] == {"dataset": "mnist"}
        assert (entry["figure"], entry["note"]) == ("map", "as it is")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"a": float("nan")}, "some.a: got nan, expected a finite number"),
        ({"a": "text"}, "expected a finite number"),
        ({"a": [1.0, float("inf")]}, "some.a: samples: got inf"),
        ({"a": []}, "some.a: got no value"),
        ({"a": (1, 2, 3)}, "got a tuple of 3"),
        ({"a": (2, 1)}, "expected the lower end first"),
        ({"a": 1, "n": 0}, "expected a whole number above 0"),
        ({"A": 1}, "got 'some.A'"),
        ({"a": {"b c": 1}}, "got 'some.a.b c'"),
        ({"a": {"lambda": 1}}, "got 'some.a.lambda'"),
    ],
)
def test_what_is_no_measurement_is_refused(run, options, reason):
    with pytest.raises(ValueError, match=reason):
        run.keep("some", **options)


def test_a_path_is_kept_once(run):
    run.keep("some", a=1)
    with pytest.raises(ValueError, match=r"got 'some\.a' a second time"):
        run.keep(some={"a": 2})


@pytest.mark.parametrize("path", ["measured", "max.a", "a..b", "", "a-b", "1a", "a.1"])
def test_a_path_must_be_readable_in_an_expression(path):
    assert path_problem(path)
    assert path_problem("a.b_1.c") is None


def test_the_cell_that_is_executed_is_found_by_its_text(tmp_path, monkeypatch):
    cells = [{"id": "c1", "source": ["a = 1\n", "b = 2"]}, {"id": "c2", "source": "run.keep(a=a)"}]
    notebook = tmp_path / "x.ipynb"
    notebook.write_text(json.dumps({"cells": cells}))
    history = SimpleNamespace(input_hist_raw=["", "a = 1", "run.keep(a=a)\n"])
    shell = SimpleNamespace(history_manager=history)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert current_cell(notebook) == "c2"
    history.input_hist_raw.append("another()")
    assert current_cell(notebook) is None
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert current_cell(notebook) is None
