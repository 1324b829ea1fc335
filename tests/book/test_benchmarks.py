"""The quick version of every benchmark runs, and the results that are kept are full ones."""

import json
import os
import subprocess
import sys

import pytest
from once import once

NAMES = (
    *("reference", "metric_tensor", "geodesics", "curvature"),
    *("distance_matrix", "scaling", "spsd", "devices"),
)


@pytest.fixture(scope="module")
def quick(root, tmp_path_factory, worker_id):
    """One run of all of them, without peers where they are not installed.

    The other tests want the cores too, so a thread that waits for another one sleeps: left to spin, the two
    threads of one benchmark take three times as long.
    """
    with once(tmp_path_factory, worker_id, "quick_benchmarks") as (out, missing):
        if missing:
            command = [sys.executable, root / "benchmarks" / "run.py", "--quick", "--out", out]
            polite = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
            done = subprocess.run(command, env=polite, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("name", NAMES)
def test_a_quick_benchmark_says_what_it_measured_and_where(quick, name):
    result = json.loads((quick / f"{name}.json").read_text())
    assert result["quick"] is True
    assert result["question"].endswith("?")
    assert result["machine"]["threads"] == 1
    assert result["versions"]["torch"]
    assert result["rows"]


def test_every_row_was_measured_or_says_why_not(quick):
    for name in ("metric_tensor", "geodesics", "curvature", "spsd"):
        for row in json.loads((quick / f"{name}.json").read_text())["rows"]:
            answers = {"cpu_seconds", "floor_seconds", "seconds", "skipped", "mean_excess_percent"}
            assert answers & set(row), row


def test_the_excess_is_over_the_same_pairs_reference(quick):
    for row in json.loads((quick / "geodesics.json").read_text())["rows"]:
        if "mean_excess_percent" in row:
            assert row["shorter_than_best_known"] == 0 or row["mean_excess_percent"] < 1, row
            assert -0.5 < row["median_excess_percent"] < 6, row


def test_kept_results_are_of_the_full_size(root):
    for path in (root / "benchmarks" / "results").glob("*.json"):
        assert not json.loads(path.read_text()).get("quick"), path.name


def test_the_page_shows_the_results_that_are_kept(root):
    command = [sys.executable, root / "benchmarks" / "page.py", "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run benchmarks/page.py"
