"""A command that runs in the background and outlives the kernel: its words in a file, taken up by any panel.

What is running stands in `results/.panel/`: a record of the process and its log. A kernel that restarts loses
nothing: the next panel finds the record, and follows the log.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

FOLDER = Path("results") / ".panel"
PAUSE = 0.3  # seconds between two looks at a log: a reader takes it for at once
KEPT = 20  # records of ended processes that are kept


@dataclass(frozen=True)
class Background:
    """A process in the background.

    Attributes:
        subject: what it is for, such as the name of a notebook.
        command: its words.
        pid: its number.
        created: when the system made it, so that another process of that number is not taken for it.
        started: the same for a reader.
        log: the file of all that it writes.
    """

    subject: str
    command: tuple[str, ...]
    pid: int
    created: float
    started: str
    log: Path

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        try:
            process = psutil.Process(self.pid)
            alive = process.create_time() == self.created and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False
        return alive

    def stop(self) -> None:
        """Ask it and what it has started to stop, as Ctrl-C does."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGINT)

    def lines(self) -> Iterator[str]:
        """Give its lines as it writes them, the earlier ones first, until it has ended."""
        with self.log.open(encoding="utf-8", errors="replace") as stream:
            rest = ""
            while True:
                running = self.running  # asked before reading: what it wrote last is not missed
                *whole, rest = (rest + stream.read()).split("\n")
                yield from whole
                if not running:
                    break
                if not whole:
                    time.sleep(PAUSE)
            yield from filter(None, [rest])


def start(command: Sequence[str], root: Path, subject: str) -> Background:
    """Start a command in the project's folder, in a session of its own.

    Args:
        command: its words.
        root: the project's root.
        subject: what it is for.
    """
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    name = uuid.uuid4().hex[:12]
    log = folder / f"{name}.log"
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            list(command), cwd=root, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True
        )
    started = datetime.now(UTC).isoformat(timespec="seconds")
    created = psutil.Process(process.pid).create_time()
    found = Background(subject, tuple(command), process.pid, created, started, log)
    (folder / f"{name}.json").write_text(json.dumps(asdict(found), default=str), encoding="utf-8")
    _CHILDREN.append(process)
    _tidy(folder)
    return found


def running(root: Path, subject: str) -> Background | None:
    """Find the latest process that runs for a subject, whoever started it."""
    found = [known for known in _records(root / FOLDER) if known.subject == subject and known.running]
    return max(found, key=lambda known: known.started, default=None)


_CHILDREN: list[subprocess.Popen] = []  # of this kernel, so that Python takes them in when they have ended


def _records(folder: Path) -> Iterator[Background]:
    for child in _CHILDREN:
        child.poll()
    for path in folder.glob("*.json"):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            content |= {"command": tuple(content["command"]), "log": Path(content["log"])}
            known = Background(**content)
        except (OSError, ValueError, TypeError, KeyError):
            continue  # half-written, or of an older edition
        yield known


def _tidy(folder: Path) -> None:
    """Take away the oldest records of processes that have ended."""
    ended = sorted((known for known in _records(folder) if not known.running), key=lambda k: k.started)
    for known in ended[:-KEPT]:
        known.log.unlink(missing_ok=True)
        known.log.with_suffix(".json").unlink(missing_ok=True)
