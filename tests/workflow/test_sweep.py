"""A sweep on the tiny project: what it runs, what it leaves, and the tables that pages make of it."""

import json

import pytest
from tiny_project import call, make_project

SWEEP = """
title: Does nearness fall with x?
notebook: 01_near
profile: quick
parameters: {names: ["b:2"]}
grid: {x: [1, 3], pause: [0.0]}
seeds: [0, 1]
columns: {nearness: "near.{names[0]}_at_{x}", twice: "2 * near.b_2_at_{x}", absent: far}
"""
RESULT = """entry = {{"value": {name}(x) + seed}}
content = {{"readings": {{f"near.b_2_at_{{x}}": entry}}, "commit": "c0ffee", "device": "a cpu"}}
Path(os.environ["COMPANION_RUN_DIR"], "result.json").write_text(json.dumps(content))"""


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    project = make_project(tmp_path_factory.mktemp("swept") / "project", result=RESULT)
    (project / "workflow" / "sweeps").mkdir(exist_ok=True)
    (project / "workflow" / "sweeps" / "x.yml").write_text(SWEEP)
    done = call(project, "sweep.py", "x", "--cores", "2", timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def table_of(project):
    return json.loads((project / "book" / "recorded" / "sweeps" / "x.json").read_text())


@pytest.mark.slow
def test_every_combination_is_run_with_every_seed_and_tabulated(swept):
    folder = swept / "results" / "sweeps" / "x"
    assert len(list(folder.glob("*/receipt.json"))) == 4
    sweep = table_of(swept)
    assert [row["parameters"] for row in sweep["rows"]] == [{"x": 1, "pause": 0.0}, {"x": 3, "pause": 0.0}]
    assert [row["columns"]["nearness"] for row in sweep["rows"]] == [[0.5, 1.5], [0.25, 1.25]]
    assert sweep["rows"][0]["columns"]["twice"] == [1, 3]
    assert sweep["rows"][0]["columns"]["absent"] == [None, None]
    assert (sweep["commits"], sweep["devices"]) == (["c0ffee"], ["a cpu"])
    assert sweep["seconds"] > 0


@pytest.mark.slow
def test_a_sweep_that_was_cut_off_does_only_what_is_missing(swept):
    receipts = sorted((swept / "results" / "sweeps" / "x").glob("*/receipt.json"))
    written = [path.stat().st_mtime_ns for path in receipts]
    (receipts[1].parent / "result.json").write_text("{")
    done = call(swept, "sweep.py", "x", timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is damaged; running it again" in done.stdout
    again = [path.stat().st_mtime_ns != before for path, before in zip(receipts, written)]
    assert again == [False, True, False, False]
    assert table_of(swept)["rows"][0]["columns"]["nearness"] == [0.5, 1.5]


@pytest.mark.slow
def test_a_readers_own_sweep_leaves_its_table_beside_its_runs_and_the_book_alone(tmp_path):
    project = make_project(tmp_path / "project", result=RESULT)
    own = project / "results" / "sweeps" / "mine"
    own.mkdir(parents=True)
    (own / "sweep.yml").write_text(SWEEP.replace("[1, 3]", "[3]").replace("[0, 1]", "[0]"))
    done = call(project, "sweep.py", "mine", timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((own / "table.json").read_text())["rows"][0]["columns"]["nearness"] == [0.25]
    assert not (project / "book" / "recorded" / "sweeps").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("grid: {x:", "grid: {y:", "y: got 1"),
        ("seeds: [0, 1]", "seeds: []", "seeds: got []"),
        ("columns:", "colums:", "did you mean 'columns'?"),
        ("profile: quick", "profile: quikc", "did you mean 'quick'?"),
    ],
)
def test_a_wrong_sweep_is_one_line_and_runs_nothing(tmp_path, old, new, said):
    project = make_project(tmp_path / "project")
    (project / "workflow" / "sweeps" / "x.yml").write_text(SWEEP.replace(old, new))
    done = call(project, "sweep.py", "x", timeout=60)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr or "parameter: got 'y'" in done.stderr
    assert not (project / "results" / "sweeps").exists()


def test_the_sweeps_of_the_project_name_parameters_that_their_notebooks_have(root):
    from sweeps import sweep_units
    from units import check_parameters

    for path in (root / "workflow" / "sweeps").glob("*.yml"):
        units = sweep_units(path.stem)
        assert len({unit.directory for unit in units}) == len(units)
        for unit in units:
            check_parameters(unit)


SOURCE = {"notebook": "a", "profile": "quick", "changes": {}, "seeds": [0], "devices": ["cpu"]}
SOURCE |= {"commits": [], "seconds": 3600.0}


def test_a_cell_of_a_sweep_is_the_mean_over_seeds_with_students_interval(extension):
    rows = [{"parameters": {"d": [2, 3]}, "columns": {"a": [1.0, 2.0, 3.0], "b": [None, None, 4.0]}}]
    lines = extension("workflow_tables").sweep({"rows": rows, **SOURCE})
    assert lines[0] == "| `d` | a | b |"
    assert lines[2] == "| 2, 3 | 2 (−0.4841 to 4.484) | 4 |"  # 2 ± 4.303 / sqrt(3)


def test_the_costs_of_runs_are_those_of_their_receipts(extension, tmp_path):
    folder = tmp_path / "results" / "quick" / "01_near" / "seed-0"
    folder.mkdir(parents=True)
    receipt = {"notebook": "01_near", "parameters": {"seed": 0}, "seconds": 61.4, "peak_memory_mb": 812}
    (folder / "receipt.json").write_text(json.dumps(receipt))
    tables = extension("workflow_tables")
    assert tables._run_costs(tmp_path, "quick")[2:] == ["| `01_near` | 0 | 61 | 812 |"]
    assert tables._run_costs(tmp_path, "paper") == ["Nothing yet."]
    assert tables._recorded_costs(tmp_path) == ["Nothing yet."]


def test_a_fault_that_was_not_put_right_is_said(extension):
    faults = extension("workflow_tables").faults
    good = {"kind": "kill", "what": "after 3 s", "problems": []}
    bad = {"kind": "disk full", "what": "200 bytes", "problems": ["other values"]}
    *lines, _, said = faults({"faults": 3, "rows": [good, bad, good]})
    assert lines[2:] == ["| kill | 2 | 2 | after 3 s |", "| disk full | 1 | 0 | 200 bytes |"]
    assert said == "2 of 3 faults were put right by one more call. Not so: disk full: other values."
