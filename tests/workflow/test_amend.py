"""What is added to recorded runs follows from their own tables, and what they measured stays."""

import csv
import json
import shutil

import amend
import pytest

RUN = "book/recorded/08_one_ruler/seed-0"


@pytest.fixture
def folder(root, tmp_path):
    return shutil.copytree(root / RUN, tmp_path / "seed-0")


def test_to_amend_a_run_again_changes_nothing(folder):
    before = [(folder / name).read_bytes() for name in ("result.json", "grid.csv")]
    amend.amend(folder)
    assert [(folder / name).read_bytes() for name in ("result.json", "grid.csv")] == before


def test_generators_are_labelled_as_they_were_trained_and_outputs_are_told(folder):
    with (folder / "grid.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["activation"] for row in rows if row["model"] == "gan-mlp"} == {"tanh"}
    sigmoid = {row["model"] for row in rows if row["output"] == "sigmoid"}
    assert sigmoid == {
        "gan-mlp", "szabo-conv", "mathieu-conv", "jha-conv", "vae-instance-conv", "vae-clustered-conv",
    }  # fmt: skip


def test_the_run_says_that_it_was_amended_and_its_measurements_are_those_of_its_claims(folder):
    result = json.loads((folder / "result.json").read_text())
    assert result["amended"][0]["what"] == amend.WHAT
    claim = result["claims"]["shukla2019-chat-ranks-as-curvature"]
    assert result["readings"]["agreement.c_hat"]["value"] == claim["value"]


def test_a_grid_that_does_not_give_what_the_run_kept_is_refused(folder):
    result = json.loads((folder / "result.json").read_text())
    result["readings"]["agreement.c_hat"]["value"] = 0.5
    (folder / "result.json").write_text(json.dumps(result))
    with pytest.raises(ValueError, match=r"agreement.c_hat: got .* from the grid, expected 0.5"):
        amend.amend(folder)
