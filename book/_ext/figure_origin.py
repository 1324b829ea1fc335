"""Under each figure that a run has kept: cell, parameters, seed, device, commit and time, and its files.

To a reader who does not see it the figure says its numbers, which the run has read off it.

The figure of a cell is the one that the run kept in it. Its files and those of the run's
tables are copied beside the pages, so that their links work from a downloaded folder too.
"""

import json
import shutil
from html import escape
from pathlib import Path
from typing import Any

from board import ANCHOR, page_run
from cells import CELLS
from docutils import nodes
from sphinx.application import Sphinx
from writing import number

FOLDER = "figures"


def details(result: dict[str, Any], name: str, cell: str | None, address: str) -> str:
    """Write what stands under a figure.

    Args:
        result: the run's `result.json`.
        name: of the figure.
        cell: id of the cell that draws it.
        address: folder of the run's files, relative to the page, with a slash at its end.
    """
    files = [
        (kind.upper(), result["figures"][name][kind])
        for kind in ("png", "svg")
        if kind in result["figures"][name]
    ]
    if "csv" in result["figures"][name]:
        files.append(("what is drawn (csv)", result["figures"][name]["csv"]))
    files += [(f"{table} (csv)", path) for table, path in sorted(result.get("tables", {}).items())]
    files.append(("all numbers of the run (json)", "result.json"))
    links = " · ".join(
        f'<a href="{escape(address + path)}" download>{escape(label)}</a>' for label, path in files
    )
    made = {
        "seed": result["seed"],
        "profile": result["profile"],
        "device": result["device"],
        "commit": (result.get("commit") or "none")[:10]
        + (", with changes of its own" if result.get("dirty") else ""),
        "seconds, whole chapter": number(result.get("seconds")),
    }
    made |= {key: json.dumps(value) for key, value in result["parameters"].items() if key not in made}
    rows = "".join(
        f"<div><dt>{escape(key)}</dt><dd>{escape(str(value))}</dd></div>" for key, value in made.items()
    )
    origin = result["figures"][name].get("origin")
    drawn = f"<p>{escape(origin)}</p>" if origin else ""
    drawn += f'<p>Drawn by <a href="#{ANCHOR}{escape(cell)}">this cell</a>.</p>' if cell else ""
    return (
        '<details class="made"><summary>How this was made, and its data</summary>'
        f"{drawn}<p>{links}</p><dl>{rows}</dl></details>"
    )


def _add(app: Sphinx, doctree: nodes.document) -> None:
    cells, docname = app.env.temp_data.get(CELLS, []), app.env.docname
    name = docname.rpartition("/")[2]
    result = page_run(Path(app.srcdir), app.config.companion_profile, name) if cells else None
    if result is None:
        return
    address = "../" * docname.count("/") + f"{FOLDER}/{result['profile']}/{name}/"
    for node in list(doctree.findall(nodes.container)):
        index = node.get("cell_index")
        if node.get("nb_element") != "cell_code" or index is None or index >= len(cells):
            continue
        for figure, kept in result["figures"].items():
            if kept.get("cell") == cells[index]:
                _tell(node, kept.get("words", ""))
                node += nodes.raw("", details(result, figure, cells[index], address), format="html")


def _tell(node: nodes.container, words: str) -> None:
    """Add the numbers that a figure shows to what is said to those who do not see it."""
    for image in node.findall(nodes.image):
        image["alt"] = " ".join(filter(None, (image.get("alt", ""), words)))


def _copy(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    for docname in app.env.found_docs:
        name = docname.rpartition("/")[2]
        result = page_run(Path(app.srcdir), app.config.companion_profile, name)
        if not docname.startswith("notebooks/") or result is None:
            continue
        drawn = [
            path
            for kinds in result["figures"].values()
            for kind, path in kinds.items()
            if kind in ("png", "svg", "csv")
        ]
        target = Path(app.outdir) / FOLDER / result["profile"] / name
        target.mkdir(parents=True, exist_ok=True)
        for path in {"result.json", *drawn, *result.get("tables", {}).values()}:
            if (result["folder"] / path).is_file():
                shutil.copyfile(result["folder"] / path, target / path)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", _add, priority=600)
    app.connect("build-finished", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
