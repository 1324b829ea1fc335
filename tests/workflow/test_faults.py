"""Killed, interrupted or out of space: nothing is half-written, nothing finished is lost or done again."""

import os
import random
import resource
import signal
import subprocess
import sys
import time

import pytest
from tiny_project import call, environment, finishing_times, make_project, start, values

pytestmark = pytest.mark.slow
INTERRUPTED = "interrupted; finished notebooks are kept, the next call goes on from there\n"


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "disturbed")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    project = make_project(tmp_path_factory.mktemp("undisturbed"))
    assert call(project, "book.py", "--profile", "slow", "--cores", "2", timeout=120).returncode == 0
    return values(project, "slow")


def wait_for(condition, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


def no_leftovers(project) -> bool:
    return not list((project / "results").glob("*/*/.*"))


def kill_group(process: subprocess.Popen) -> None:
    os.killpg(process.pid, signal.SIGKILL)


def kill_top(process: subprocess.Popen) -> None:
    os.kill(process.pid, signal.SIGKILL)


@pytest.mark.parametrize(("kill", "seed"), [(kill_group, 0), (kill_top, 1)])
def test_killed_twice_at_random_the_third_call_finishes_and_redoes_nothing(project, undisturbed, kill, seed):
    moments = random.Random(seed)
    finished = {}
    for _ in range(2):
        process = start(project, "book.py", "--profile", "slow", "--cores", "2")
        time.sleep(moments.uniform(1.0, 5.0))
        kill(process)
        process.communicate()
        time.sleep(0.5)
        finished |= finishing_times(project, "slow")
    done = call(project, "book.py", "--profile", "slow", "--cores", "2", timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert values(project, "slow") == undisturbed
    assert finishing_times(project, "slow").items() >= finished.items()
    assert no_leftovers(project)
    assert (project / "_build" / "html" / "index.html").is_file()


def test_a_runner_killed_while_replacing_results_leaves_the_old_or_the_new(project):
    call(project, "run.py", "01_near")
    folder = project / "results" / "quick" / "01_near"
    (folder / "seed-0").rename(folder / ".seed-0.aside")
    (folder / ".seed-0.part.x").mkdir()
    assert "finished already" in call(project, "run.py", "01_near").stdout
    assert [p.name for p in folder.iterdir()] == ["seed-0"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["early", "late"])
def test_an_interrupt_is_one_line_and_leaves_nothing_half_written(project, number, moment):
    process = start(project, "book.py", "--profile", "slow", "--cores", "1")
    if moment == "late":
        wait_for(lambda: list((project / "results").glob("slow/*/.*.part.*")))
    else:
        wait_for(lambda: (project / ".snakemake").exists())
    os.kill(process.pid, number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == INTERRUPTED
    assert no_leftovers(project)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_snakemake_is_being_forked_is_not_lost(project, number):
    call_as_it_forks = (
        "import os, runpy, sys; sys.path.insert(0, 'workflow'); "
        f"os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), {int(number)})); "
        "sys.argv = ['workflow/book.py', '--profile', 'slow', '--cores', '1']; "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", call_as_it_forks],
        cwd=project,
        env=environment(project),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 130, done.stderr
    assert done.stderr == INTERRUPTED
    assert finishing_times(project, "slow") == {}


def test_an_interrupted_runner_says_so_in_one_line(project):
    process = start(project, "run.py", "01_near", "--profile", "slow")
    wait_for(lambda: list((project / "results").glob("slow/*/.*.part.*/run.log")))
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.startswith("interrupted: 01_near")
    assert len(errors.splitlines()) == 1
    assert list((project / "results" / "slow" / "01_near").iterdir()) == []


def test_a_second_call_waits_for_the_first(project):
    first = start(project, "book.py", "--profile", "slow", "--cores", "2")
    wait_for(lambda: (project / "results" / ".locks" / "book.lock").exists())
    time.sleep(0.5)
    second = call(project, "book.py", "--profile", "slow", "--cores", "2", timeout=120)
    first.communicate(timeout=60)
    assert first.returncode == second.returncode == 0
    assert second.stdout.splitlines()[0] == "another call is building the book; waiting for it"
    assert "cell" not in second.stdout


def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(project):
    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    done = subprocess.run(
        [sys.executable, "workflow/run.py", "01_near"],
        cwd=project,
        env=environment(project),
        capture_output=True,
        text=True,
        preexec_fn=little_room,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "File too large" in done.stderr
    assert no_leftovers(project)
    assert not list((project / "results").glob("quick/*/seed-0"))


def test_a_disk_without_room_stops_the_book_before_it_starts(project):
    script = project / "workflow" / "book.py"
    script.write_text(script.read_text().replace("FREE_MEGABYTES = 300", "FREE_MEGABYTES = 10**9"))
    done = call(project, "book.py")
    assert done.returncode == 2
    assert done.stderr.startswith("disk: got ")
    assert len(done.stderr.splitlines()) == 1
