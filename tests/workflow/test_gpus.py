"""Several runs on a machine with several GPUs: each has one, and none has another's."""

import threading

import pytest
from gpus import VISIBLE, gpus, one_gpu


@pytest.fixture(autouse=True)
def no_job(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)


def test_runs_at_the_same_time_hold_different_gpus(monkeypatch, tmp_path):
    monkeypatch.setenv(VISIBLE, "2,5,7")
    with one_gpu(tmp_path) as a, one_gpu(tmp_path) as b, one_gpu(tmp_path) as c:
        assert {a[VISIBLE], b[VISIBLE], c[VISIBLE]} == {"2", "5", "7"}
    with one_gpu(tmp_path) as again:
        assert again == {VISIBLE: "2"}


def test_a_run_waits_until_a_gpu_is_free(monkeypatch, tmp_path):
    monkeypatch.setenv(VISIBLE, "0,1")
    monkeypatch.setattr("gpus.WAIT_SECONDS", 0.01)
    given, started = [], threading.Event()

    def third_run():
        started.set()
        with one_gpu(tmp_path) as gpu:
            given.append(gpu[VISIBLE])

    with one_gpu(tmp_path):
        with one_gpu(tmp_path) as second:
            waiting = threading.Thread(target=third_run)
            waiting.start()
            started.wait()
            waiting.join(0.2)
            assert waiting.is_alive()
            assert not given
        waiting.join(10)
        assert given == [second[VISIBLE]]


@pytest.mark.parametrize("visible", ["", "0", "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6"])
def test_where_there_is_no_choice_nothing_is_set(monkeypatch, tmp_path, visible):
    monkeypatch.setenv(VISIBLE, visible)
    with one_gpu(tmp_path) as gpu:
        assert gpu == {}


def test_a_job_of_slurm_keeps_the_gpu_that_it_was_given(monkeypatch, tmp_path):
    monkeypatch.setenv(VISIBLE, "0,1")
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    with one_gpu(tmp_path) as gpu:
        assert gpu == {}


def test_the_gpus_are_those_that_the_driver_lists(monkeypatch, tmp_path):
    monkeypatch.delenv(VISIBLE, raising=False)
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\nprintf '0\\n1\\n'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert gpus() == ["0", "1"]
    program.write_text("#!/bin/sh\nexit 9\n")
    assert gpus() == []
