"""Anchors on the cells of the chapters, `#cell-ID`, so that a claim and a figure can lead to them.

`page.js` unfolds a cell that a link leads to.
"""

import json

from board import ANCHOR, NOTEBOOKS
from docutils import nodes
from sphinx.application import Sphinx

CELLS = "companion_cells"  # ids of the cells of the page that is being read


def _remember(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname.startswith(NOTEBOOKS):
        app.env.temp_data[CELLS] = [cell.get("id") for cell in json.loads(source[0])["cells"]]


def _anchor(app: Sphinx, doctree: nodes.document) -> None:
    cells = app.env.temp_data.get(CELLS, [])
    for node in doctree.findall(nodes.container):
        index = node.get("cell_index")
        if node.get("nb_element") == "cell_code" and index is not None and index < len(cells):
            node["ids"] += [f"{ANCHOR}{cells[index]}"] if cells[index] else []


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", _remember, priority=700)  # after the executed copy has been put in
    app.connect("doctree-read", _anchor)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
