"""The small book with a chapter that runs in a second, for the parameter panel."""

import json
import shutil
from pathlib import Path

from small_book import CHAPTER, ROOT, lay_out

PARAMETERS = """profile: str = "quick"  # the row of workflow/profiles.yml
seed: int = 0  # of every draw
dataset: str = "mnist"  # what is looked at
n_pairs: int = 12  # random pairs
layers: list[int] = [4, 8]  # nothing hangs on them
options: dict[str, int] = {}  # nothing hangs on them
kind: str = "curved"  # nothing hangs on it
loud: bool = False  # nothing hangs on it
pause: float = 0.0  # seconds that the run sleeps
"""
RULES = """
common:
  n_pairs: {low: 2, high: 200, unit: pairs, group: size}
  layers: {low: 1, high: 512, group: model}
  kind: {choices: [curved, plain], group: model}
  loud: {group: measurement}
"""
BODY = """import time

from companion import ledger

run = ledger.start("{chapter}", globals())
time.sleep(pause)
run.keep("small", claim=n_pairs / 4, n=n_pairs)
assert dataset != "broken", "the data set is broken"
run.finish()
"""


def panel_project(folder: Path) -> Path:
    """Lay out recorded runs, the workflow, and a notebook that measures a quarter of `n_pairs`."""
    lay_out(folder)
    for path in ((ROOT / "workflow" / "Snakefile"), *(ROOT / "workflow").glob("*.py")):
        shutil.copy(path, folder / "workflow")
    body = BODY.format(chapter=CHAPTER)
    code = {"cell_type": "code", "outputs": [], "execution_count": None}
    cells = [
        {"id": "c0", **code, "metadata": {"tags": ["parameters"]}, "source": PARAMETERS},
        {"id": "t0", "cell_type": "markdown", "metadata": {}, "source": "## How long does it sleep?"},
        {"id": "c1", **code, "metadata": {}, "source": body},
    ]
    (folder / "notebooks" / "parameters.yml").write_text(RULES, encoding="utf-8")
    write(folder / "notebooks" / f"{CHAPTER}.ipynb", cells)
    return folder


def write(path: Path, cells: list[dict]) -> None:
    """Write a notebook of Python."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")
