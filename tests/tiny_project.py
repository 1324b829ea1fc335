"""A small copy of the project for the workflow's tests: the real workflow, tiny notebooks, a tiny library."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = {
    "__init__.py": (
        '_HOME = {"near": "nearness", "far": "distance"}\n\n\n'
        "def __getattr__(name):\n"
        "    from importlib import import_module\n"
        "    module = next((m for m, names in _HOME.items() if name in names.split()), None)\n"
        "    if module is None:\n"
        "        raise AttributeError(name)\n"
        '    return getattr(import_module(f"companion.{module}"), name)\n'
    ),
    "near.py": "from .shared import unit\n\n\ndef nearness(x):\n    return unit() / (1 + x)\n",
    "far.py": "from .shared import unit\n\n\ndef distance(x):\n    return unit() * x\n",
    "shared.py": "def unit():\n    return 1.0\n",
    "alone.py": "def nothing():\n    return None\n",
}
ASKED = ("sources", "profiles", "suggestions", "ledger/expressions")  # by the workflow
ASKED += tuple(f"parameters/{name}" for name in ("__init__", "cell", "rules", "values"))
ASKED += ("ledger/runs/readings", "ledger/runs/measurement")  # which expressions ask
PROFILES = """
quick:
  01_near: {x: 3, pause: 0.0, seeds: [0]}
  02_far: {x: 4, pause: 0.0, seeds: [0, 1]}
slow:
  01_near: {x: 3, pause: 1.5, seeds: [0]}
  02_far: {x: 4, pause: 1.5, seeds: [0, 1]}
"""
PARAMETERS = """profile: str = "quick"  # where the parameters come from
seed: int = 0  # of the random draws
x: int = {x}  # what is measured
pause: float = 0.0  # seconds of work
names: list[str] = ["a"]  # of nothing
"""
BODY = """import json, os, random, sys, time
from pathlib import Path

from companion import {name}
"""
RESULT = """random.seed(seed)
time.sleep(pause)
print("halfway", file=sys.stderr)
value = {name}(x) + random.random()
Path(os.environ["COMPANION_RUN_DIR"], "result.json").write_text(json.dumps({{"value": value}}))
value"""


def make_project(folder: Path, body: str = BODY, result: str = RESULT) -> Path:
    """Lay the project out in a folder: two notebooks, three runs, and a library of a few modules."""
    shutil.copytree(ROOT / "workflow", folder / "workflow", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "workflow" / "profiles.yml").write_text(PROFILES)
    library = folder / "lib" / "companion"
    library.mkdir(parents=True)
    for name, text in LIBRARY.items():
        (library / name).write_text(text)
    for name in ASKED:
        copied = library / f"{name}.py"
        copied.parent.mkdir(parents=True, exist_ok=True)
        (copied.parent / "__init__.py").touch()
        shutil.copy(ROOT / "lib" / "companion" / f"{name}.py", copied)
    for name, x, function in (("01_near", 3, "nearness"), ("02_far", 4, "distance")):
        cells = [text.format(name=function) for text in (body, result)]
        write_notebook(folder, name, x, function, first=cells[0], last=cells[1])
    (folder / "book").mkdir()
    (folder / "book" / "intro.md").write_text("# A book\n\nWith two chapters.\n")
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: book/intro\nchapters:\n- file: notebooks/01_near\n- file: notebooks/02_far\n"
    )
    (folder / "_config.yml").write_text(
        "title: A book\nonly_build_toc_files: true\n"
        'exclude_patterns: [_build, ".*", "**/.*", results]\nexecute: {execute_notebooks: "off"}\n'
    )
    return folder


def write_notebook(
    folder: Path, name: str, x: int, function: str, last: str | None = None, first: str | None = None
) -> None:
    """Write a notebook that measures `function(x)` of the tiny library and leaves a result.json."""
    code = [PARAMETERS.format(x=x), first or BODY.format(name=function), last or RESULT.format(name=function)]
    cells = [{"id": "title", "cell_type": "markdown", "metadata": {}, "source": f"# {name}"}]
    for index, source in enumerate(code):
        tags = ["parameters"] if index == 0 else []
        cell = {"id": f"cell-{index}", "cell_type": "code", "metadata": {"tags": tags}, "source": source}
        cells.append({**cell, "execution_count": None, "outputs": []})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path = folder / "notebooks" / f"{name}.ipynb"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))


def environment(folder: Path) -> dict[str, str]:
    """Environment in which the tiny library is the one that kernels import."""
    here = {"PYTHONPATH": str(folder / "lib"), "COMPANION_HOME": str(folder)}
    return {**os.environ, **here, "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"}


def call(folder: Path, script: str, *arguments: str, **options) -> subprocess.CompletedProcess:
    """Run a script of the project's workflow to its end and capture what it prints."""
    command = [sys.executable, f"workflow/{script}", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False, **options
    )


def start(folder: Path, script: str, *arguments: str) -> subprocess.Popen:
    """Start a script of the project's workflow in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, f"workflow/{script}", *arguments],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def values(folder: Path, profile: str) -> dict[str, float]:
    """Read the value that each finished run left."""
    paths = sorted((folder / "results" / profile).glob("*/*/result.json"))
    return {f"{p.parts[-3]}/{p.parts[-2]}": json.loads(p.read_text())["value"] for p in paths}


def finishing_times(folder: Path, profile: str) -> dict[str, int]:
    """Time at which each finished run's notebook was written."""
    paths = (folder / "results" / profile).glob("*/*/receipt.json")
    return {f"{p.parts[-3]}/{p.parts[-2]}": p.stat().st_mtime_ns for p in paths}
