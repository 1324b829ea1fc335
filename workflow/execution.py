"""Execute a notebook with papermill in a kernel of its own, and show how far it is."""

import errno
import logging
import os
import re
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import nbformat
import papermill
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import DeadKernelError
from process import one_line
from units import Unit

HEARTBEAT_SECONDS = 15
HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Progress:
    """One line at each code cell with the heading above it, and one now and then while a long cell works.

    It takes the place of a file for what the notebook writes to stderr, such as a training's progress bar:
    the log gets all of it, the terminal the latest line.
    """

    def __init__(self, unit: Unit, n_cells: int, terminal: TextIO, log: TextIO):
        self.unit, self.n_cells, self.terminal, self.log = unit, n_cells, terminal, log
        self.cell, self.latest, self.heading, self.start = 0, "", "", time.perf_counter()
        self.printed = self.start
        self.stop = threading.Event()

    def write(self, text: str) -> None:
        self.log.write(text)
        lines = [line for line in re.split(r"[\r\n]", ANSI.sub("", text)) if line.strip()]
        if lines:
            self.latest = one_line(lines[-1])

    def flush(self) -> None:
        self.log.flush()

    def on_cell_start(self, cell: Any, cell_index: int) -> None:
        if cell.cell_type == "markdown" and (found := HEADING.search(cell.source)):
            self.heading = found[1]
        if cell.cell_type == "code" and cell.source.strip():
            self.cell, self.latest = self.cell + 1, ""
            self.show()

    def show(self) -> None:
        self.printed = time.perf_counter()
        minutes, seconds = divmod(int(self.printed - self.start), 60)
        line = f"{self.unit} | cell {self.cell} of {self.n_cells} | {minutes}:{seconds:02d}"
        print(" | ".join(filter(None, [line, self.latest or self.heading])), file=self.terminal, flush=True)

    def beat(self) -> None:
        while not self.stop.wait(1):
            if time.perf_counter() - self.printed > HEARTBEAT_SECONDS:
                self.show()


def execute(root: Path, unit: Unit, work: Path) -> tuple[str | None, int]:
    """Execute a unit's notebook into `work`, with the log beside it.

    Args:
        root: the project's root, and the folder that the notebook runs in.
        unit: what to run.
        work: folder for the executed notebook and `run.log`.

    Returns:
        one line on the failing cell and its error, or None; and the kernel's peak memory in MB.
    """
    notebook = nbformat.read(root / unit.source, as_version=4)
    n_cells = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in notebook.cells)
    n_cells += 1  # the cell that papermill adds, with the injected parameters
    with _output_to(work / "run.log") as (terminal, log):
        progress = Progress(unit, n_cells, terminal, log)
        beat = threading.Thread(target=progress.beat, daemon=True)
        beat.start()
        try:
            failure = _papermill(root, unit, work / f"{unit.notebook}.ipynb", progress)
        finally:
            progress.stop.set()
            beat.join()
    kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (
        1024 if sys.platform == "darwin" else 1
    )
    return failure, round(kilobytes / 1024)


def _papermill(root: Path, unit: Unit, output: Path, progress: Progress) -> str | None:
    logging.getLogger("papermill").setLevel(logging.WARNING)
    try:
        notebook = papermill.execute_notebook(
            root / unit.source,
            output,
            parameters=unit.parameters,
            kernel_name="python3",
            cwd=root,
            progress_bar=False,
            request_save_on_cell_execute=False,
            stderr_file=progress,
            on_cell_start=progress.on_cell_start,
        )
    except papermill.PapermillExecutionError as error:
        progress.log.write(str(error))
        if error.ename == "OSError" and f"[Errno {errno.ENOSPC}]" in error.evalue:
            return f"cell {error.exec_count}: the disk is full: {error.evalue}; free some space and run again"
        return f"cell {error.exec_count}: {error.ename}: {error.evalue}"
    except DeadKernelError:
        return f"cell {progress.cell}: the kernel died, perhaps for want of memory"
    except (NoSuchKernel, RuntimeError) as error:  # what jupyter_client raises where a kernel does not start
        progress.log.write(str(error))
        return f"its kernel, which did not start ({one_line(str(error))}); expected ipykernel in {sys.prefix}"
    _clean(notebook, unit)
    nbformat.write(notebook, output)
    return None


def _clean(notebook: nbformat.NotebookNode, unit: Unit) -> None:
    """Drop what does not belong on a page: progress bars and warnings (they are in the log), its folders."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if not (o.output_type == "stream" and o.name == "stderr")]
    notebook.metadata.papermill.input_path = unit.source.as_posix()
    notebook.metadata.papermill.output_path = (unit.directory / f"{unit.notebook}.ipynb").as_posix()


@contextmanager
def _output_to(path: Path) -> Iterator[tuple[TextIO, TextIO]]:
    """Send all that this process and its kernel print to a log, and hand out the terminal and the log."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    with path.open("w", encoding="utf-8") as log, os.fdopen(os.dup(1), "w") as terminal:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            yield terminal, log
        finally:
            for descriptor, target in zip(saved, (1, 2)):
                os.dup2(descriptor, target)
                os.close(descriptor)
