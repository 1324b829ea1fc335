"""Run the notebooks that are out of date, then build the book from them: what `make book` calls.

    python workflow/book.py --profile quick --cores 2

Snakemake decides what is out of date. This holds one lock around it, in place of Snakemake's own, which
survives a killed process; passes Ctrl-C on; and says in one line how it ended.
"""

import signal

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during the imports ends without a traceback

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import yaml
from dates import no_future_dates
from filelock import FileLock, Timeout
from html_build import book_sources
from process import begin_child, die_with_parent, one_line, stop_on_signals, stops_held
from reasons import reason
from receipts import forget_if_damaged
from sweeps import sweep_units
from units import ROOT, Unit, UsageError, check_parameters, profile_units, unknown

MACHINES = ROOT / "workflow" / "machines"
FREE_MEGABYTES = 300


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--profile", default="quick", help="a profile of workflow/profiles.yml")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1, help="notebooks that run at once")
    parser.add_argument(
        "--sweep", help="run a sweep of workflow/sweeps/ in place of a profile; builds no pages"
    )
    parser.add_argument("--machine", help="where the runs are done: a folder of workflow/machines/")
    parser.add_argument("--snakemake", default="", help="further options for Snakemake, in one string")
    parser.add_argument("--book", default="_build/html", help="folder of the pages, relative to the root")
    parser.add_argument("--notebooks-only", action="store_true", help="build no pages")
    parser.add_argument("--dry-run", action="store_true", help="say what would run, and why")
    parser.add_argument("--die-with-parent", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.die_with_parent:
        die_with_parent()
    if options.cores < 1:
        return _fail(f"cores: got {options.cores}, expected 1 or more", 2)
    stop_on_signals()
    start = time.perf_counter()
    try:
        units = sweep_units(options.sweep) if options.sweep else profile_units(options.profile)
        for unit in units:
            check_parameters(unit)
        _check_machine(options.machine)
        _check_space()
        with _only_call():
            _forget_damaged(units)
            _correct_dates(units)
            code = _snakemake(options)
    except UsageError as error:
        return _fail(str(error), 2)
    except OSError as error:
        return _fail(f"cannot write: {error.strerror}: {error.filename}; free it and run again", 1)
    except KeyboardInterrupt:
        return _fail("interrupted; finished notebooks are kept, the next call goes on from there", 130)
    if code != 0:
        return _fail("not finished, for the reason above; finished notebooks are kept", 1)
    if not options.dry_run:
        _say_where(options, time.perf_counter() - start)
    return 0


def _say_where(options: argparse.Namespace, seconds: float) -> None:
    duration = f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
    if options.notebooks_only or options.sweep:
        folder = f"sweeps/{options.sweep}" if options.sweep else options.profile
        print(f"All notebooks are up to date ({duration}): results/{folder}/")
    else:
        page = ROOT / options.book / "index.html"
        print(f"The book is up to date ({duration}). Open {page.as_uri()} or type `make serve`.")


def _forget_damaged(units: list[Unit]) -> None:
    for unit in units:
        if forget_if_damaged(ROOT / unit.directory):
            print(f"{unit}: a file in {unit.directory} is damaged; running it again", flush=True)


def _correct_dates(units: list[Unit]) -> None:
    files = {ROOT / path for unit in units for path in [*unit.inputs(ROOT), unit.directory / "done"]}
    changed = no_future_dates(files | {ROOT / path for path in book_sources(ROOT)})
    if changed:
        print(f"{changed} files bear dates of the future; they get today's", flush=True)


def _check_machine(machine: str | None) -> None:
    """Refuse a machine that is not described, and one whose plugin of Snakemake is not installed."""
    if machine is None:
        return
    known = sorted(path.parent.name for path in MACHINES.glob("*/config.yaml"))
    if machine not in known:
        raise unknown("machine", machine, known, "workflow/machines/")
    settings = yaml.safe_load((MACHINES / machine / "config.yaml").read_text(encoding="utf-8"))
    executor = settings.get("executor")
    if executor and not find_spec(f"snakemake_executor_plugin_{executor}"):
        raise UsageError(f"machine: got {machine!r}, which needs a plugin: pip install -e '.[cluster]'")


def _check_space() -> None:
    free = shutil.disk_usage(ROOT).free // 2**20
    if free < FREE_MEGABYTES:
        raise UsageError(f"disk: got {free} MB free, expected at least {FREE_MEGABYTES}; free some space")


@contextmanager
def _only_call() -> Iterator[None]:
    """Let only one call build the book at a time. The system drops the lock of a dead process."""
    path = ROOT / "results" / ".locks" / "book.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print("another call is building the book; waiting for it", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _snakemake(options: argparse.Namespace) -> int:
    """Call Snakemake in a process group of its own, so that one signal from here reaches all of it once.

    Its jobs speak for themselves, on stdout. Its own words go to a log, shown when no job explains a failure.
    """
    command = [sys.executable, "-m", "snakemake", "-s", "workflow/Snakefile"]
    command += ["--workflow-profile", str(MACHINES / options.machine)] if options.machine else []
    remote = options.machine not in (None, "gpus")
    command += ["--local-cores" if remote else "--cores", str(options.cores)]
    command += ["--config", f"profile={options.profile}", f"book={options.book}"]
    command += [f"sweep={options.sweep}"] if options.sweep else []
    command += ["--nolock", "--rerun-incomplete", "--keep-going"]
    command += ["--dry-run"] if options.dry_run else []
    command += shlex.split(options.snakemake)
    command += ["--", "notebooks" if options.notebooks_only or options.sweep else "all"]
    log = ROOT / ".snakemake" / "book.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w", encoding="utf-8") as words:
        child = None
        try:
            with stops_held():
                child = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    stderr=None if options.dry_run else words,
                    start_new_session=True,
                    preexec_fn=begin_child,
                )
            code = child.wait()
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            if child is not None:
                os.killpg(child.pid, signal.SIGINT)
                child.wait()
            raise
    why = reason(log.read_text(encoding="utf-8")) if code != 0 else ""
    if why:
        print(why, file=sys.stderr)
    return code


def _fail(message: str, code: int) -> int:
    print(one_line(message), file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
