"""Find the library files that a notebook depends on, from its imports."""

import json
import re
from pathlib import Path

import companion
from companion.sources import files_behind

DATA = re.compile(r'"((?:book|workflow)/[\w./-]+\.\w+)"')
MAGIC = re.compile(r"^(\s*)(?:%\w|!).*")


def notebook_dependencies(root: Path, notebook: str) -> list[Path]:
    """List the library files that `notebooks/NOTEBOOK.ipynb` depends on, and the data that it names.

    Args:
        root: the project's root.
        notebook: the notebook's name, without folder and suffix.

    Returns:
        paths, sorted: relative to `root` where the library is there, else those of the installed packages.
    """
    source = notebook_source(root / "notebooks" / f"{notebook}.ipynb")
    named = {Path(name) for name in DATA.findall(source) if (root / name).is_file()}
    if (root / "lib").is_dir():
        return sorted({path.relative_to(root) for path in files_behind(source, root / "lib")} | named)
    return sorted({*files_behind(source, Path(companion.__file__).parents[1]), *named})


def notebook_source(path: Path) -> str:
    """Join a notebook's code cells into one Python source, without IPython's magic lines."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    plain = (source for source in sources if not source.startswith("%%"))
    lines = (line for source in plain for line in source.splitlines())
    return "\n".join(MAGIC.sub(r"\1pass", line) for line in lines)
