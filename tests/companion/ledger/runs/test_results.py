"""One run: what it takes, what it refuses, what it leaves behind."""

import csv
import errno
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from companion import ledger
from ledger_project import NOTEBOOK, QUICK, Figure


def test_a_result_comes_back_as_it_was_kept(run, project):
    own = {"figure": "map", "note": "as it is", "setup": {"latent_dim": 32}}
    run.keep("plain", saved=torch.tensor([10.0, 11.0]), interval=(np.float32(10), 11), **own)
    run.keep(time=3, n_what="seconds")
    run.figure(Figure(), "map", "A map.", origin="the recorded runs")
    run.table("rows", [{"a": 1, "b": np.float64(2.5)}, {"a": 3}])
    path = run.finish()
    assert path == project / "results" / "quick" / NOTEBOOK / "seed-0" / "result.json"
    result = json.loads(path.read_text())
    entry = result["readings"]["plain.saved"]
    assert (entry["value"], entry["interval"], entry["n"]) == (10.5, [10, 11], 2)
    assert result["readings"]["time"] == {"value": 3, "n_what": "seconds"}
    figure = {"png": "map.png", "svg": "map.svg", "caption": "A map.", "cell": None}
    assert result["figures"]["map"] == {**figure, "origin": "the recorded runs"}
    assert (path.parent / "map.svg").read_bytes() == b"svg" * 10
    rows = list(csv.DictReader((path.parent / "rows.csv").read_text().splitlines()))
    assert rows == [{"a": "1", "b": "2.5"}, {"a": "3", "b": ""}]
    samples = (path.parent / entry["samples"]).read_text().split()
    assert samples == ["value", "10.0", "11.0"]


def test_a_figure_that_shows_other_runs_says_so(run):
    run.figure(Figure(), "grid", origin="five recorded runs")
    assert json.loads(run.finish().read_text())["figures"]["grid"]["origin"] == "five recorded runs"


def test_a_result_says_where_it_comes_from(run):
    result = json.loads(run.finish().read_text())
    assert (result["profile"], result["seed"], result["parameters"]) == ("quick", 0, QUICK)
    assert set(result["versions"]) == {"python", "torch", "numpy", "scipy", "pullback", "companion"}
    assert result["versions"]["numpy"] == np.__version__
    assert result["commit"] is result["dirty"] is None
    assert result["seconds"] >= 0
    assert result["device"].startswith("cpu (")


def test_nothing_is_on_disk_before_the_end(run, project):
    run.keep(number=1)
    run.figure(Figure(), "map")
    assert not (project / "results").exists()


def test_a_full_disk_leaves_the_finished_run_as_it_was(run, project, monkeypatch):
    run.figure(Figure(), "map")
    folder = run.finish().parent
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = ledger.start(NOTEBOOK, QUICK, profile="quick", seed=0, root=project)
    again.figure(Figure(99), "map")
    write = Path.write_bytes

    def full(path, content):
        if "result.json" in path.name:
            write(path, content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        again.finish()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_real_figure_is_written_the_same_way_twice(project):
    found = []
    for seed in (0, 1):
        run = ledger.start(NOTEBOOK, QUICK, profile="quick", seed=seed, root=project)
        figure, axes = plt.subplots()
        axes.plot([0, 1])
        run.figure(figure, "line")
        plt.close(figure)
        found.append((run.finish().parent / "line.png").read_bytes())
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("changes", "deviations"),
    [
        ({"n_pairs": 21}, {"n_pairs": [20, 21]}),
        ({"latent_dims": [2]}, {"latent_dims": [[2, 32], [2]]}),
        ({"dataset": "fashion-mnist"}, {"dataset": ["mnist", "fashion-mnist"]}),
    ],
)
def test_other_parameters_than_the_profiles_make_a_run_custom(project, changes, deviations):
    run = ledger.start(NOTEBOOK, {**QUICK, **changes}, profile="quick", seed=0, root=project)
    result = json.loads(run.finish().read_text())
    assert (result["profile"], result["requested_profile"]) == ("custom", "quick")
    assert result["deviations"] == deviations
    assert run.directory.parent == project / "results" / "custom" / NOTEBOOK
    assert run.directory.name.startswith("seed-0_")


def test_a_parameter_that_the_profile_leaves_alone_must_have_the_notebooks_default(project):
    cell = {
        "cell_type": "code",
        "metadata": {"tags": ["parameters"]},
        "source": ["depth: int = 3  # of it\n"],
    }
    (project / "notebooks").mkdir()
    (project / "notebooks" / f"{NOTEBOOK}.ipynb").write_text(json.dumps({"cells": [cell]}))
    same, other = (
        ledger.start(NOTEBOOK, {**QUICK, "depth": depth}, profile="quick", seed=0, root=project)
        for depth in (3, 4)
    )
    assert same.profile == "quick"
    assert other.deviations == {"depth": [3, 4]}


def test_device_and_equal_values_of_other_types_are_no_deviation(project):
    parameters = {**QUICK, "device": "cuda", "latent_dims": (np.int64(2), 32.0)}
    assert ledger.start(NOTEBOOK, parameters, profile="quick", seed=0, root=project).profile == "quick"


def test_a_figure_that_is_not_there_stops_the_end(run):
    run.figure(Figure(), "map")
    run.keep(number=1, figure="mpa")
    with pytest.raises(ValueError, match=r"figure: got 'mpa' for number, .* did you mean 'map'"):
        run.finish()


@pytest.mark.parametrize("name", ["", "../escape", "a b", "map"])
def test_a_figure_needs_a_plain_name_of_its_own(run, name):
    run.figure(Figure(), "map")
    with pytest.raises(ValueError, match="name: got"):
        run.figure(Figure(), name)


def test_an_empty_table_is_refused(run):
    with pytest.raises(ValueError, match="rows: got none"):
        run.table("rows", [])
