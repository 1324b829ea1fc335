"""Run one notebook with one profile and one seed: the unit of work that everything else calls.

    python workflow/run.py 02_near_zero_curvature --profile quick --seed 0 -p dataset fashion-mnist

The results appear whole in `results/<profile>/<notebook>/<run>/`, or not at all. A run whose key is that of
the results already there does nothing. Exit code 0: the results are there; 1: the notebook failed; 2: a wrong
name or value; 130: interrupted.
"""

import signal

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during the imports ends without a traceback

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from gpus import one_gpu
from process import die_with_parent, one_line, stop_on_signals
from receipts import DONE, receipt_key, write_receipt
from sweeps import sweep_unit
from units import ROOT, Unit, UsageError, check_parameters, make_unit, read_value, versions


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.die_with_parent:
        die_with_parent()
    stop_on_signals()
    try:
        unit = _unit(options)
        check_parameters(unit)
        with _lock(unit):
            return _run(unit, force=options.force, threads=options.threads)
    except UsageError as error:
        return _say(str(error), 2)
    except OSError as error:
        return _say(
            f"cannot write results: {error.strerror}: {error.filename or 'results/'}; free it and run again",
            1,
        )
    except KeyboardInterrupt:
        return _say(f"interrupted: {options.notebook}; nothing of this run was kept, finished runs were", 130)


def _parser() -> argparse.ArgumentParser:
    class OneLineParser(argparse.ArgumentParser):
        def error(self, message: str) -> None:
            raise SystemExit(_say(message, 2))

    parser = OneLineParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebook", help="its name, such as 02_near_zero_curvature")
    parser.add_argument("--profile", default="quick", help="a profile of workflow/profiles.yml")
    parser.add_argument("--seed", type=int, help="the profile's first seed unless given")
    parser.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), dest="changes")
    parser.add_argument(
        "--sweep", nargs=2, metavar=("NAME", "RUN"), help="a run of a sweep, in place of the above"
    )
    parser.add_argument("--threads", type=int, default=1, help="processor cores of this run")
    parser.add_argument("--force", action="store_true", help="run even if the results are there")
    parser.add_argument("--die-with-parent", action="store_true", help=argparse.SUPPRESS)
    return parser


def _unit(options: argparse.Namespace) -> Unit:
    if options.sweep:
        return sweep_unit(*options.sweep)
    unit = make_unit(options.notebook, options.profile, seed=options.seed)
    changes = {name: read_value(name, text, unit.notebook) for name, text in options.changes}
    if "profile" in changes:
        raise UsageError(
            f"profile: got -p profile {changes['profile']}, expected --profile {changes['profile']}"
        )
    seed = changes.get("seed", options.seed)
    return make_unit(options.notebook, options.profile, seed=seed, changes=changes)


@contextmanager
def _lock(unit: Unit) -> Iterator[None]:
    """Hold the unit: two runners never do it at once. The system drops the lock of a dead process."""
    path = ROOT / "results" / ".locks" / f"{'_'.join(unit.directory.parts[1:])}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _say(f"{unit}: another process is running it; waiting", 0)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _run(unit: Unit, *, force: bool, threads: int) -> int:
    final = ROOT / unit.directory
    final.parent.mkdir(parents=True, exist_ok=True)
    _recover(final)
    key = unit.key()
    if not force and receipt_key(final) == key:
        (final / DONE).touch()
        return _say(f"{unit}: finished already, in {unit.directory}", 0)
    work = Path(tempfile.mkdtemp(prefix=f".{final.name}.part.", dir=final.parent))
    work.chmod(0o755)
    try:
        failure = _execute(unit, work, key=key, threads=threads)
        if failure is None:
            _replace(final, work)
            _failed(final, ".log").unlink(missing_ok=True)
            _failed(final, ".ipynb").unlink(missing_ok=True)
            return _say(f"{unit}: finished, in {unit.directory}", 0)
        log = _keep_failure(final, work, unit)
        return _say(f"{unit}: failed in {failure}; see {log.relative_to(ROOT)}", 1)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if final.is_dir() and not any(final.iterdir()):
            final.rmdir()


def _own_kernels_first() -> str:
    """Put this Python's kernel before those that JUPYTER_PATH names, as clusters do."""
    own = str(Path(sys.prefix) / "share" / "jupyter")
    return os.pathsep.join(filter(None, [own, os.environ.get("JUPYTER_PATH")]))


def _execute(unit: Unit, work: Path, *, key: str, threads: int) -> str | None:
    """Execute the notebook in `work` and write its receipt; return one line on what failed, if anything."""
    from execution import execute  # papermill takes a second to import, and most calls have nothing to do

    started, clock = datetime.now(UTC), time.perf_counter()
    environment = {
        "COMPANION_RUN_DIR": str(work),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_PATH": _own_kernels_first(),
        "OMP_NUM_THREADS": str(threads),
        "PYTHONHASHSEED": "0",
    }
    with one_gpu(ROOT / "results" / ".locks") as gpu, _environment(environment | gpu):
        failure, peak_memory_mb = execute(ROOT, unit, work)
    if failure is None:
        receipt = {
            "key": key,
            "notebook": unit.notebook,
            "profile": unit.profile,
            "parameters": unit.parameters,
            "changed": unit.changed,
            "versions": versions(),
            "started": started.isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - clock, 1),
            "peak_memory_mb": peak_memory_mb,
        }
        write_receipt(work, receipt)
    return failure


@contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _recover(final: Path) -> None:
    """Tidy what a killed run left: its working folders, and results that it had moved aside."""
    aside = final.with_name(f".{final.name}.aside")
    if aside.exists():
        if receipt_key(final) is None:
            shutil.rmtree(final, ignore_errors=True)
            aside.rename(final)
        else:
            shutil.rmtree(aside)
    for left in final.parent.glob(f".{final.name}.part.*"):
        shutil.rmtree(left, ignore_errors=True)


def _replace(final: Path, work: Path) -> None:
    aside = final.with_name(f".{final.name}.aside")
    if final.exists():
        final.rename(aside)
    work.rename(final)
    shutil.rmtree(aside, ignore_errors=True)


def _failed(final: Path, suffix: str) -> Path:
    return final.with_name(f"{final.name}.failed{suffix}")


def _keep_failure(final: Path, work: Path, unit: Unit) -> Path:
    """Keep the log and the notebook of a failed run beside the folder that a good one would have filled."""
    for name, suffix in (("run.log", ".log"), (f"{unit.notebook}.ipynb", ".ipynb")):
        if (work / name).exists():
            (work / name).replace(_failed(final, suffix))
    return _failed(final, ".log")


def _say(message: str, code: int) -> int:
    print(one_line(message), file=sys.stdout if code == 0 else sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
