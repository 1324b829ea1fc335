"""A button for a command: how far it is, what it says, whether it ended well."""

import re
import sys
import time

import pytest
from companion.widgets.panel.background import start
from companion.widgets.panel.job import Job


@pytest.fixture
def job(tmp_path):
    made = Job(
        tmp_path,
        "Run",
        step=re.compile(r"cell (\d+) of (\d+)"),
        done=re.compile("finished"),
        ended=lambda line: ends.append(line),
        heard=lambda line: heard.append(line),
    )
    ends, heard = made.ends, made.heard = [], []
    return made


def python(code):
    return [sys.executable, "-c", code]


def status(job):
    return re.sub("<[^>]*>", "", job._status.value)


def test_a_command_that_ends_well_is_followed_to_its_last_line(job):
    job.start(python("print('cell 1 of 4'); print('cell 4 of 4'); print('finished, <b>in</b> x')"), "one")
    job.wait()
    assert job.heard == ["cell 1 of 4", "cell 4 of 4", "finished, <b>in</b> x"]
    assert job.ends == ["finished, <b>in</b> x"]
    assert (job.progress.value, job.progress.max, job.progress.bar_style) == (4, 4, "success")
    assert "&lt;b&gt;" in job._status.value
    assert (job.button.disabled, job.stop_button.disabled) == (False, True)


def test_a_command_that_fails_shows_its_words_and_no_result(job):
    job.start(python("print('cell 1 of 4'); raise SystemExit('n: got 3, expected 4')"), "one")
    job.wait()
    assert status(job) == "n: got 3, expected 4"
    assert (job.ends, job.progress.bar_style) == ([], "danger")


def test_a_running_command_is_stopped_and_no_second_one_starts(job):
    slow = "import time; print('cell 1 of 4', flush=True)\n"
    slow += "try: time.sleep(60)\nexcept KeyboardInterrupt: print('interrupted')"
    job.start(python(slow), "one")
    while not job.heard:
        time.sleep(0.05)
    first = job._process
    job.start(python("print('finished')"), "one")
    assert job._process is first
    assert job.button.disabled
    job.stop()
    job.wait()
    assert status(job) == "interrupted"
    assert job.progress.bar_style == "danger"


def test_a_job_takes_up_what_another_has_started(job, tmp_path):
    job.take_up(start(python("print('finished')"), tmp_path, "one"))
    job.wait()
    assert job.ends == ["finished"]
    job.take_up(None)
    assert not job.running


def test_a_result_that_cannot_be_read_is_said(job):
    def refuse(line):
        raise ValueError("result.json: damaged")

    job._ended = refuse
    job.start(python("print('finished')"), "one")
    job.wait()
    assert status(job) == "finished; its result cannot be read: result.json: damaged"


def test_a_button_that_is_not_allowed_stays_so_after_a_run(job):
    job.start(python("print('finished')"), "one")
    job.allow(False)
    job.wait()
    assert job.button.disabled
