"""The faults of `faults.py`: each disturbs a project and says in a few words what it did."""

import ctypes
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tiny_project import environment, start

CLONE_NEWNS = 0x20000
MS_RDONLY, MS_BIND, MS_REMOUNT, MS_PRIVATE, MS_REC = 1, 4096, 32, 1 << 18, 16384


@dataclass
class Scene:
    """A project to disturb.

    Attributes:
        project: its folder; a fault lays it out afresh, or as a copy of the finished one.
        finished: a project with all its runs, to copy from.
        make: lays out a project without runs.
        moments: where the fault takes its chances from.
        profile: the profile that is run.
        damaged: runs whose files the fault damaged, which have to be done again.
        complaints: what went wrong while the fault was there.
    """

    project: Path
    finished: Path
    make: Callable[[Path], Path]
    moments: random.Random
    profile: str
    damaged: set[str] = field(default_factory=set)
    complaints: dict[str, bool] = field(default_factory=dict)

    def begin(self) -> subprocess.Popen:
        """Start a call on a project without runs."""
        self.make(self.project)
        return start(self.project, "book.py", "--profile", self.profile, "--cores", "2")

    def copy(self) -> None:
        """Have a project with all its runs."""
        shutil.copytree(self.finished, self.project, symlinks=True)

    def wait(self, longest: float) -> float:
        """Let some seconds pass, so that anything may be going on, from the first imports to the last run."""
        seconds = self.moments.uniform(0.5, longest)
        time.sleep(seconds)
        return seconds

    def damage(self, run: Path) -> None:
        self.damaged.add(f"{run.parent.name}/{run.name}")


def _processes(group: int, part: str) -> list[int]:
    """Processes whose command line has a part, in any session that descends from the call's."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            where = (folder / "cwd").resolve()
        except OSError:
            continue
        if part in words and where == Path(f"/proc/{group}/cwd").resolve() and int(folder.name) != group:
            found.append(int(folder.name))
    return found


def _kill(scene: Scene, part: str | None, number: int, whole_group: bool = False) -> str:
    """Signal the call, its group, or one of the processes under it."""
    call = scene.begin()
    while part and call.poll() is None and not _processes(call.pid, part):
        time.sleep(0.05)
    seconds = scene.wait(14.0 if part is None else 4.0)  # a run of its own does not last as long as the call
    targets = [call.pid] if part is None else _processes(call.pid, part)
    for target in targets[:1]:
        (os.killpg if whole_group else os.kill)(target, number)
    if part is None:
        call.communicate(timeout=120)
    else:
        call.wait(timeout=300)
        call.communicate()
    time.sleep(0.5)
    since = " of its life" if part else ""
    return f"after {seconds:.1f} s{since}" + ("" if targets else ", when there was none")


def _disk_full(scene: Scene) -> str:
    """A file can grow to a few kilobytes and no further, as on a disk without room."""
    scene.make(scene.project)
    limit = scene.moments.choice([200, 2_000, 20_000, 60_000])
    done = subprocess.run(
        [sys.executable, "workflow/book.py", "--profile", scene.profile, "--cores", "2"],
        cwd=scene.project,
        env=environment(scene.project),
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        timeout=300,
        check=False,
    )
    scene.complaints["a full disk went unnoticed"] = done.returncode == 0
    scene.complaints["a traceback for a full disk"] = b"Traceback" in done.stderr
    return f"no file longer than {limit} bytes"


def _cut(scene: Scene, pattern: str) -> str:
    """Cut a file of a finished project to a random length."""
    scene.copy()
    path = scene.moments.choice(sorted(scene.project.glob(pattern)))
    size = path.stat().st_size
    length = scene.moments.randrange(size)
    with path.open("r+b") as stream:
        stream.truncate(length)
    if "results" in path.parts:
        scene.damage(path.parent)
    else:  # the checkpoint is read only by a run that is done again
        run = scene.moments.choice(sorted((scene.project / "results").glob("slow/*/seed-*")))
        shutil.rmtree(run)
    return f"{path.name[-28:]} cut from {size} to {length} bytes"


def _clock(scene: Scene, days: float) -> str:
    """Dates of a random half of the files jump; a run is missing, so that there is something to do."""
    scene.copy()
    files = [
        p for p in scene.project.rglob("*") if p.is_file() and not p.is_symlink() and ".snake" not in str(p)
    ]
    chosen = scene.moments.sample(files, len(files) // 2)
    for path in chosen:
        date = path.stat().st_mtime + 86400 * days
        os.utime(path, (date, date))
    run = scene.moments.choice(sorted((scene.project / "results").glob("slow/*/seed-*")))
    shutil.rmtree(run)
    return f"{len(chosen)} files are {abs(days):.0f} days {'newer' if days > 0 else 'older'}, {run.name} gone"


def _two_calls(scene: Scene) -> str:
    first = scene.begin()
    seconds = scene.moments.uniform(0.0, 3.0)
    time.sleep(seconds)
    second = start(scene.project, "book.py", "--profile", scene.profile, "--cores", "2")
    for call in (first, second):
        call.communicate(timeout=300)
    scene.complaints["one of two calls failed"] = bool(first.returncode or second.returncode)
    return f"the second {seconds:.1f} s after the first"


def _read_only(scene: Scene) -> str:
    """Call while the folder of results is mounted for reading only, in a mount table of the call's own."""
    scene.make(scene.project)
    results = scene.project / "results"
    results.mkdir()

    def mount() -> None:
        libc, path = ctypes.CDLL(None, use_errno=True), str(results).encode()
        steps = [
            libc.unshare(CLONE_NEWNS),
            libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None),
            libc.mount(path, path, None, MS_BIND, None),
            libc.mount(None, path, None, MS_BIND | MS_REMOUNT | MS_RDONLY, None),
        ]
        if any(steps):
            os._exit(99)

    done = subprocess.run(
        [sys.executable, "workflow/book.py", "--profile", scene.profile],
        cwd=scene.project,
        env=environment(scene.project),
        capture_output=True,
        preexec_fn=mount,
        timeout=300,
        check=False,
    )
    if done.returncode == 99:
        return "not possible here: no right to mount"
    scene.complaints["a read-only folder went unnoticed"] = done.returncode == 0
    scene.complaints["not one line about the folder"] = len(done.stderr.splitlines()) != 1
    return "results/ is mounted for reading only"


def _diverging(scene: Scene) -> str:
    """A learning rate at which the loss becomes NaN; the next call has the right one again."""
    scene.make(scene.project)
    notebook = scene.project / "notebooks" / "01_near.ipynb"
    good = notebook.read_text()
    rate = 10.0 ** scene.moments.uniform(18, 30)
    notebook.write_text(good.replace("batch_size=50", f"batch_size=50, learning_rate={rate:.3g}"))
    call = start(scene.project, "book.py", "--profile", scene.profile, "--cores", "2")
    said, _ = call.communicate(timeout=300)
    scene.complaints["a diverged training went unnoticed"] = call.returncode == 0
    scene.complaints["the step is not named"] = "step" not in said.lower()
    notebook.write_text(good)
    return f"a learning rate of {rate:.0e}"


def _absent_gpu(scene: Scene) -> str:
    """A notebook asks for a GPU that the machine has not; the next call asks for the processor."""
    scene.make(scene.project)
    notebook = scene.project / "notebooks" / "01_near.ipynb"
    good = notebook.read_text()
    notebook.write_text(good.replace('device=\\"cpu\\"', 'device=\\"cuda:7\\"'))
    call = start(scene.project, "book.py", "--profile", scene.profile, "--cores", "2")
    said, _ = call.communicate(timeout=300)
    scene.complaints["an absent GPU went unnoticed"] = call.returncode == 0
    scene.complaints["the GPU is not named"] = "cuda" not in said
    notebook.write_text(good)
    return "device cuda:7 asked for"


KINDS: dict[str, Callable[[Scene], str]] = {
    "kill -9, workflow and jobs": partial(_kill, part=None, number=signal.SIGKILL, whole_group=True),
    "kill -9, workflow": partial(_kill, part=None, number=signal.SIGKILL),
    "kill -9, a run": partial(_kill, part="workflow/run.py", number=signal.SIGKILL),
    "kill -9, a kernel": partial(_kill, part="ipykernel", number=signal.SIGKILL),
    "Ctrl-C": partial(_kill, part=None, number=signal.SIGINT),
    "request to terminate": partial(_kill, part=None, number=signal.SIGTERM),
    "disk full": _disk_full,
    "checkpoint cut short": partial(_cut, pattern="checkpoints/*.safetensors"),
    "result cut short": partial(_cut, pattern="results/slow/*/*/result.json"),
    "receipt cut short": partial(_cut, pattern="results/slow/*/*/receipt.json"),
    "clock jumps forward": partial(_clock, days=4000.0),
    "clock jumps back": partial(_clock, days=-4000.0),
    "two calls at once": _two_calls,
    "read-only results": _read_only,
    "training diverges": _diverging,
    "GPU absent": _absent_gpu,
}
