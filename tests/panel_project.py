"""The small book with a chapter that runs in a second, for the parameter panel."""

import json
import shutil
from pathlib import Path

from small_book import CHAPTER, ROOT, lay_out

PARAMETERS = """profile: str = "quick"  # the row of workflow/profiles.yml
seed: int = 0  # of every draw
dataset: str = "mnist"  # what is looked at
n_pairs: int = 12  # random pairs
loud: bool = False  # nothing hangs on it
"""
BODY = """from companion import ledger

run = ledger.start("{chapter}", globals())
run.keep("small", claim=n_pairs / 4, n=n_pairs)
assert dataset != "broken", "the data set is broken"
run.finish()
"""


def panel_project(folder: Path) -> Path:
    """Lay out recorded runs, the workflow, and a notebook that measures a quarter of `n_pairs`."""
    lay_out(folder)
    for path in (ROOT / "workflow").glob("*.py"):
        shutil.copy(path, folder / "workflow")
    body = BODY.format(chapter=CHAPTER)
    cells = [
        {"id": f"c{i}", "cell_type": "code", "metadata": {"tags": tags}, "source": source}
        | {"outputs": [], "execution_count": None}
        for i, (source, tags) in enumerate([(PARAMETERS, ["parameters"]), (body, [])])
    ]
    write(folder / "notebooks" / f"{CHAPTER}.ipynb", cells)
    return folder


def write(path: Path, cells: list[dict]) -> None:
    """Write a notebook of Python."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")
