"""Give a run a GPU of its own where a machine has several, by the variable CUDA_VISIBLE_DEVICES."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

VISIBLE = "CUDA_VISIBLE_DEVICES"
WAIT_SECONDS = 1.0


@contextmanager
def one_gpu(locks: Path) -> Iterator[dict[str, str]]:
    """Hold one of this machine's GPUs, waiting for one to be free.

    The system drops the lock of a dead process. A job of SLURM has been given its GPU already.

    Args:
        locks: folder of the lock files, shared by all runs on this machine.

    Yields:
        the variable to set for the run; nothing where there is no choice.
    """
    names = [] if "SLURM_JOB_ID" in os.environ else gpus()
    if len(names) < 2:
        yield {}
        return
    name, lock = _first_free(names, locks)
    try:
        yield {VISIBLE: name}
    finally:
        lock.release()


def _first_free(names: list[str], locks: Path) -> tuple[str, FileLock]:
    while True:
        for name in names:
            lock = FileLock(locks / f"gpu-{name}.lock", timeout=0)
            try:
                lock.acquire()
            except Timeout:
                continue
            return name, lock
        time.sleep(WAIT_SECONDS)


def gpus() -> list[str]:
    """Names of the GPUs this process may use: those of CUDA_VISIBLE_DEVICES, or all that the driver lists."""
    if VISIBLE in os.environ:
        return [name for name in os.environ[VISIBLE].split(",") if name.strip()]
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, "--query-gpu=index", "--format=csv,noheader"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.split() if done.returncode == 0 else []
