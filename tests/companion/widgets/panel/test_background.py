"""Commands in the background: their words, their end, and that another panel or kernel takes them up."""

import json
import subprocess
import sys
import time

import pytest
from companion.widgets.panel.background import FOLDER, KEPT, running, start

SLOW = "import time; print('begun', flush=True); time.sleep(60)"


def python(code, root, subject="one"):
    return start([sys.executable, "-c", code], root, subject)


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_its_lines_are_those_of_both_streams_to_the_last(tmp_path):
    code = (
        "import os, sys; print(os.getcwd(), flush=True); print('late', file=sys.stderr); print('end', end='')"
    )
    assert list(python(code, tmp_path).lines()) == [str(tmp_path), "late", "end"]


def test_what_runs_is_found_by_its_subject_until_it_is_stopped(tmp_path):
    process = python(SLOW, tmp_path)
    assert running(tmp_path, "one") == process
    assert running(tmp_path, "two") is None
    wait_for(lambda: "begun" in process.log.read_text())
    process.stop()
    wait_for(lambda: not process.running)
    assert running(tmp_path, "one") is None
    process.stop()  # what has ended is not stopped again


def test_it_outlives_the_process_that_started_it(tmp_path):
    code = (
        "import sys; from pathlib import Path; from companion.widgets.panel.background import start\n"
        f"start([sys.executable, '-c', {SLOW!r}], Path({str(tmp_path)!r}), 'one')"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)
    found = running(tmp_path, "one")
    assert found is not None
    wait_for(lambda: "begun" in found.log.read_text())
    assert next(iter(found.lines())) == "begun"
    found.stop()
    wait_for(lambda: not found.running)


def test_another_process_of_the_same_number_is_not_taken_for_it(tmp_path):
    process = python(SLOW, tmp_path)
    [path] = (tmp_path / FOLDER).glob("*.json")
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "created": record["created"] - 100}))
    assert running(tmp_path, "one") is None
    process.stop()


def test_a_damaged_record_is_passed_over(tmp_path):
    (tmp_path / FOLDER).mkdir(parents=True)
    for name, text in (("a", "{"), ("b", "[1]"), ("c", '{"pid": 1}')):
        (tmp_path / FOLDER / f"{name}.json").write_text(text)
    assert running(tmp_path, "one") is None


@pytest.mark.slow
def test_old_records_are_taken_away(tmp_path):
    for _ in range(KEPT + 3):
        list(python("pass", tmp_path).lines())
    list(python("pass", tmp_path).lines())
    assert len(list((tmp_path / FOLDER).glob("*.json"))) <= KEPT + 1
