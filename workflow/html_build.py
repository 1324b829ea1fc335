"""Build the pages from the executed notebooks of one profile.

The pages are built from a picture of the project in which `notebooks/` holds the executed copies, so that a
page, its address and its launch button all carry the notebook's own name; and into a folder of their own, so
that a failed build leaves the last good book in place.
"""

import signal

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during the imports ends without a traceback

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from process import die_with_parent, stop_on_signals
from units import ROOT, Unit, profile_units

SOURCE_SUFFIXES = {".bib", ".css", ".ipynb", ".js", ".json", ".md", ".mplstyle"}
SOURCE_SUFFIXES |= {".png", ".py", ".svg", ".txt", ".woff2", ".yml"}
SOURCE_FOLDERS = ("book", "lib", "notebooks", "tests")
NOT_SOURCES = {"_build", "notebooks", "checkpoints"}


def book_sources(root: Path) -> list[Path]:
    """List the files that the pages are made from besides results: prose, claims, docstrings, test names."""
    inside = (path for folder in SOURCE_FOLDERS for path in (root / folder).rglob("*"))
    files = [
        path
        for path in [*inside, *root.glob("_*.yml"), *root.glob("C*.md"), root / "workflow" / "html_build.py"]
        if path.suffix in SOURCE_SUFFIXES
        and path.is_file()
        and not set(path.parts) & {"__pycache__", "node_modules"}
    ]
    return sorted(path.relative_to(root) for path in files)


def stage(root: Path, units: list[Unit], staged: Path) -> None:
    """Lay out the picture of the project: links to everything, executed notebooks for their sources."""
    (staged / "notebooks").mkdir(parents=True)
    for path in root.iterdir():
        if not path.name.startswith(".") and path.name not in NOT_SOURCES:
            (staged / path.name).symlink_to(path)
    for source in (root / "notebooks").iterdir():
        if source.is_file():
            shutil.copy(source, staged / "notebooks")
    first_seeds = {unit.notebook: unit for unit in reversed(units)}
    for unit in first_seeds.values():
        shutil.copy(root / unit.directory / f"{unit.notebook}.ipynb", staged / "notebooks")


def build(root: Path, profile: str, book: Path) -> int:
    """Build the pages and put them in place; a warning is an error, and leaves what was there."""
    part = book.with_name(f".{book.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    stage(root, profile_units(profile, root), part / "source")
    log = book.with_name(f"{book.name}.log")
    print(f"book | building the pages from the {profile} results", flush=True)
    jupyter_book = str(Path(sys.executable).with_name("jupyter-book"))
    command = [sys.executable, jupyter_book, "build", str(part / "source"), "--path-output", str(part)]
    with log.open("w", encoding="utf-8") as stream:
        code = subprocess.run(
            [*command, "-W", "--keep-going"],
            cwd=root,
            env={**os.environ, "COMPANION_PROFILE": profile, "PYTHONWARNINGS": "ignore"},
            stdout=stream,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    pages = part / "_build" / "html"
    if code != 0:
        lines = [line for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
        bad = [line for line in lines if "WARNING" in line or "ERROR" in line] or lines[-1:]
        print("\n".join(bad[:20]), file=sys.stderr)
        print(
            f"book | not built: {len(bad)} warnings or errors; see {log.relative_to(root)}", file=sys.stderr
        )
        return 1
    (pages / f".built-from-{profile}").touch()
    aside = part / "aside"
    if book.exists():
        book.rename(aside)
    pages.rename(book)
    shutil.rmtree(part)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="quick")
    parser.add_argument("--book", default="_build/html", help="folder of the pages, relative to the root")
    parser.add_argument("--die-with-parent", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.die_with_parent:
        die_with_parent()
    stop_on_signals()
    try:
        return build(ROOT, options.profile, ROOT / options.book)
    except OSError as error:
        print(
            f"book | cannot write: {error.strerror}: {error.filename}; free it and run again", file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
