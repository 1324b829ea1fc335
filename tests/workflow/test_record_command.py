"""`make record`: what it copies and what it refuses, one line and exit code 2 each."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from companion import ledger
from ledger_project import NOTEBOOK, PAPER, change, commit_project, make_project, row
from PIL import Image

SEEDS = range(5)


class Noise:
    """Stands in for a figure: a picture that cannot be made smaller."""

    def __init__(self, size):
        pixels = np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)
        self.picture = Image.fromarray(pixels)

    def savefig(self, file, *, format, metadata):
        self.picture.save(file, "PNG")  # the other formats are not looked at


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A committed project with five finished paper runs."""
    project = make_project(tmp_path_factory.mktemp("finished") / "project")
    (project / ".gitignore").write_text("results/\n")
    (project / "book" / "page.md").write_text(f"![](../book/recorded/{NOTEBOOK}/seed-0/large.webp)\n")
    (project / "notebooks").mkdir()
    (project / "notebooks" / f"{NOTEBOOK}.ipynb").write_text('{"cells": []}')
    commit_project(project)
    for seed in SEEDS:
        run = ledger.start(NOTEBOOK, PAPER, profile="paper", seed=seed, root=project)
        run.keep(number=[9 + 0.1 * seed, 10 + 0.1 * seed, 11 + 0.1 * seed], figure="map")
        for name, size in (("map", 20), ("large", 1200), ("unseen", 20)):
            run.figure(Noise(size), name)
        run.table("rows", [{"a": 1}])
        run.finish()
    return project


@pytest.fixture
def project(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def record(root, monkeypatch, capsys):
    """The command, called in this process; returns its exit code and its one line."""
    monkeypatch.syspath_prepend(str(root / "workflow"))
    import record as command

    def call(project, *arguments):
        monkeypatch.setenv("COMPANION_HOME", str(project))
        code = command.main([NOTEBOOK, *arguments])
        said = capsys.readouterr()
        lines = (said.out + said.err).splitlines()
        assert len(lines) == 1
        return code, lines[0]

    return call


def runs(project):
    return project / "results" / "paper" / NOTEBOOK


def recorded(project):
    return project / "book" / "recorded" / NOTEBOOK


def test_finished_paper_runs_are_recorded_and_give_the_verdict(project, record):
    code, line = record(project, "--profile", "paper")
    assert code == 0, line
    names = {path.name for path in (recorded(project) / "seed-3").iterdir()}
    assert names == {"result.json", "rows.csv", "number.samples.csv"}
    first = {path.name for path in (recorded(project) / "seed-0").iterdir()}
    assert first == names | {"map.webp"}  # which the claim shows
    assert "seed-0/large.webp" in line  # which a page would show
    with Image.open(recorded(project) / "seed-0" / "map.webp") as picture:
        assert (picture.format, picture.size) == ("WEBP", (20, 20))
    found = row(project, "number")
    assert found["verdict"] == "reproduced"
    assert found["figure"] == f"book/recorded/{NOTEBOOK}/seed-0/map.webp"
    assert not list(recorded(project).parent.glob(".*"))


def test_the_memory_that_runs_took_is_recorded_with_them(project, record, extension):
    for seed, peak in ((0, 700.0), (3, 812.3)):
        (runs(project) / f"seed-{seed}" / "receipt.json").write_text(json.dumps({"peak_memory_mb": peak}))
    code, line = record(project, "--profile", "paper")
    assert code == 0, line
    assert extension("workflow_tables")._recorded_costs(project)[2].endswith(" | 812 |")


def test_recording_again_replaces_all_of_it(project, record):
    (recorded(project) / "seed-9").mkdir(parents=True)
    assert record(project)[0] == 0
    assert sorted(path.name for path in recorded(project).iterdir()) == [f"seed-{seed}" for seed in SEEDS]


def change_run(run, **fields):
    return lambda project: change(runs(project) / f"seed-{run}" / "result.json", **fields)


def change_parameter(seed, **values):
    def spoil(project):
        path = runs(project) / f"seed-{seed}" / "result.json"
        change(path, parameters={**json.loads(path.read_text())["parameters"], **values})

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda p: shutil.rmtree(runs(p)), "runs: got none in results/paper"),
        (
            lambda p: shutil.rmtree(runs(p) / "seed-2"),
            "seeds: got no run of seed 2, expected seeds 0, 1, 2, 3, 4",
        ),
        (lambda p: (runs(p) / "seed-4" / "result.json").unlink(), "runs: got no result.json in seed-4"),
        (lambda p: (runs(p) / "seed-4" / "result.json").write_text("{"), "got invalid JSON"),
        (
            change_run(1, profile="custom", deviations={"n_pairs": [200, 3]}),
            "profile: got profile custom (n_pairs)",
        ),
        (change_run(1, profile="quick"), "profile: got profile quick () in seed-1"),
        (change_run(1, seed=7), "seed: got 7 in seed-1, expected 1"),
        (change_run(1, commit="0123456789ab"), "expected one commit; run the profile again"),
        (change_run(1, commit=None), "commit: got a run of no known commit"),
        (change_run(1, dirty=True), "commit: got uncommitted changes in seed-1"),
        (change_run(1, dirty=None), "commit: got uncommitted changes in seed-1"),
        (change_parameter(1, n_pairs=3), "parameters: got n_pairs 3 in seed-1, expected 200"),
        (change_parameter(1, more=3), "parameters: got others in seed-1 than in seed-0"),
    ],
)
def test_runs_that_cannot_stand_behind_a_verdict_are_refused(project, record, spoil, message):
    record(project)
    before = {path: path.read_bytes() for path in recorded(project).rglob("*") if path.is_file()}
    spoil(project)
    code, line = record(project)
    assert code == 2
    first, _, rest = message.partition(" .* ")
    assert first in line
    assert rest in line
    assert {path: path.read_bytes() for path in recorded(project).rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("profile", ["smoke", "quick", "custom"])
def test_only_the_paper_profile_is_recorded(project, record, profile):
    code, line = record(project, "--profile", profile)
    assert code == 2
    assert f"profile: got '{profile}', expected paper" in line
    assert not recorded(project).exists()


def test_a_crash_in_the_middle_keeps_what_was_recorded(project, record, monkeypatch):
    assert record(project)[0] == 0
    before = {path: path.read_bytes() for path in recorded(project).rglob("*") if path.is_file()}
    copy, calls = shutil.copyfile, []

    def fail(origin, target):
        calls.append(target)
        if len(calls) == 4:
            raise OSError(28, "No space left on device", str(target))
        return copy(origin, target)

    monkeypatch.setattr(shutil, "copyfile", fail)
    code, line = record(project)
    assert (code, len(calls)) == (1, 4)
    assert "No space left on device" in line
    assert {path: path.read_bytes() for path in recorded(project).rglob("*") if path.is_file()} == before
    assert not list(recorded(project).parent.glob(".*"))


def test_what_a_killed_call_moved_aside_comes_back(project, record):
    assert record(project)[0] == 0
    recorded(project).rename(recorded(project).with_name(f".{NOTEBOOK}.aside"))
    shutil.rmtree(runs(project) / "seed-2")
    assert record(project)[0] == 2
    assert (recorded(project) / "seed-2" / "result.json").is_file()


def test_the_command_line_names_an_unknown_notebook(root, project):
    command = [sys.executable, str(root / "workflow" / "record.py"), "02_near_zero", "--profile", "paper"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "did you mean '02_near_zero_curvature'?" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_all_records_every_notebook_of_the_profile(project, root, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(root / "workflow"))
    monkeypatch.setenv("COMPANION_HOME", str(project))
    import record as command

    assert command.main(["all"]) == 0
    assert (recorded(project) / "seed-4" / "result.json").is_file()
    shutil.rmtree(runs(project) / "seed-2")
    assert command.main(["all"]) == 2
    assert "no run of seed 2" in capsys.readouterr().err
