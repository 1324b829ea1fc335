"""What a profile asks of a notebook, how a run deviates from it, and what the run is called."""

import json

import numpy as np
import pytest
import torch
from companion.profiles import LONGEST_NAME, all_profiles, deviations, plain, profile_spec, run_name

NOTEBOOK = "03_shapes"


@pytest.fixture
def home(tmp_path):
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow" / "profiles.yml").write_text(
        "quick:\n  03_shapes: {n_pairs: 20, seeds: [0]}\npaper:\n  03_shapes: {n_pairs: 200, seeds: [0, 1]}\n"
    )
    (tmp_path / "notebooks").mkdir()
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}}
    source = ["n_pairs: int = 20\n", "depth: int = 3\n", 'device: str = "auto"\n']
    path = tmp_path / "notebooks" / f"{NOTEBOOK}.ipynb"
    path.write_text(json.dumps({"cells": [{**cell, "source": source}]}))
    return tmp_path


def test_a_profile_is_read_by_name_and_notebook(home):
    assert set(all_profiles(home)) == {"quick", "paper"}
    assert profile_spec(home, "paper", NOTEBOOK) == {"n_pairs": 200, "seeds": [0, 1]}
    assert profile_spec(home, "paper", "04_none") is None
    with pytest.raises(ValueError, match=r"profile: got 'papre', .*; did you mean 'paper'"):
        profile_spec(home, "papre", NOTEBOOK)


def test_profiles_that_are_missing_are_missed(tmp_path):
    with pytest.raises(ValueError, match=r"profiles: got no .*profiles\.yml, expected the file"):
        all_profiles(tmp_path)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"n_pairs": 20, "depth": 3, "device": "cuda"}, {}),
        ({"n_pairs": np.int64(20), "depth": torch.tensor(3)}, {}),
        ({"n_pairs": 21, "depth": 3}, {"n_pairs": [20, 21]}),
        ({"n_pairs": 20, "depth": 4}, {"depth": [3, 4]}),
        ({"depth": 3}, {"n_pairs": [20, None]}),
    ],
    ids=["same, elsewhere", "other types", "not the profile's", "not the notebook's", "absent"],
)
def test_what_differs_from_the_profile_and_the_notebooks_defaults_is_listed(home, parameters, expected):
    assert deviations(home, "quick", NOTEBOOK, parameters) == expected


def test_a_notebook_that_the_profile_does_not_name_deviates_as_a_whole(home):
    assert deviations(home, "quick", "04_none", {}) == {"notebook": ["not in profile quick", "04_none"]}


def test_values_are_turned_into_what_json_has():
    value = {"a": (np.float64(1.5), torch.tensor([1, 2])), 3: None, "b": True}
    assert plain(value) == {"a": [1.5, [1, 2]], "3": None, "b": True}
    assert json.loads(json.dumps(plain(value))) == plain(value)


def test_a_run_is_named_by_its_seed_and_what_was_changed():
    parameters = {"seed": 3, "n_pairs": 7, "dims": [2, 5], "rest": 1}
    assert run_name(parameters, []) == "seed-3"
    assert run_name(parameters, ["n_pairs", "dims"]) == "seed-3_n_pairs-7_dims-2-5"


def test_long_names_are_digested_and_different_runs_have_different_ones():
    changed = [f"parameter_{i}" for i in range(12)]
    first, second = ({"seed": 0, "x": x} | dict.fromkeys(changed, x) for x in (1.25, 1.5))
    names = {run_name(parameters, changed) for parameters in (first, second, {**first})}
    assert len(names) == 2
    assert all(len(name) < LONGEST_NAME for name in names)
