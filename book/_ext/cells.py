"""Anchors on the cells of the chapters, `#cell-ID`, and where in its notebook a claim is recorded."""

import json
import re
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

ANCHOR = "cell-"
FOLDER = "notebooks/"
CLAIM_PREFIX = re.compile(r"""["']([a-z]+\d{4}-[a-z0-9-]*)""")
CELLS = "companion_cells"  # pairs of id and text of the page that is being read


def _remember(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname.startswith(FOLDER):
        cells = json.loads(source[0])["cells"]
        app.env.temp_data[CELLS] = [(cell.get("id"), "".join(cell["source"])) for cell in cells]


def _anchor(app: Sphinx, doctree: nodes.document) -> None:
    cells = app.env.temp_data.get(CELLS, [])
    for node in doctree.findall(nodes.container):
        index = node.get("cell_index")
        if (
            node.get("nb_element") == "cell_code"
            and index is not None
            and index < len(cells)
            and cells[index][0]
        ):
            node["ids"].append(f"{ANCHOR}{cells[index][0]}")


def recording_cell(notebook: Path, claim_id: str) -> str | None:
    """Find the cell that records a claim: the one whose text has the longest beginning of its id.

    Args:
        notebook: a source in `notebooks/`.
        claim_id: of `book/claims.yml`.

    Returns:
        the cell's id; None where the notebook is absent or records nothing.
    """
    cells = _recording_cells(notebook)
    fitting = [
        (len(text), i) for i, (_, texts) in enumerate(cells) for text in texts if _begins(claim_id, text)
    ]
    if fitting:
        return cells[max(fitting)[1]][0]
    return cells[-1][0] if cells else None


def _begins(claim_id: str, text: str) -> bool:
    return claim_id == text or (text.endswith("-") and claim_id.startswith(text))


@cache
def _recording_cells(notebook: Path) -> list[tuple[str, list[str]]]:
    if not notebook.is_file():
        return []
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    texts = [(cell.get("id"), "".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
    return [(name, CLAIM_PREFIX.findall(text)) for name, text in texts if name and "record" in text]


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", _remember, priority=700)  # after the executed copy has been put in
    app.connect("doctree-read", _anchor)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
