"""Find the library files that a notebook depends on, from its imports."""

import json
import re
from pathlib import Path

from companion.sources import files_behind

MAGIC = re.compile(r"^(\s*)(?:%\w|!).*")


def notebook_dependencies(root: Path, notebook: str) -> list[Path]:
    """List the library files that `notebooks/NOTEBOOK.ipynb` depends on.

    Args:
        root: the project's root.
        notebook: the notebook's name, without folder and suffix.

    Returns:
        paths relative to `root`, sorted.
    """
    source = notebook_source(root / "notebooks" / f"{notebook}.ipynb")
    return sorted(path.relative_to(root) for path in files_behind(source, root / "lib"))


def notebook_source(path: Path) -> str:
    """Join a notebook's code cells into one Python source, without IPython's magic lines."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    plain = (source for source in sources if not source.startswith("%%"))
    lines = (line for source in plain for line in source.splitlines())
    return "\n".join(MAGIC.sub(r"\1pass", line) for line in lines)
