"""Under each figure that a run has kept: cell, parameters, seed, device, commit and time, and its files.

To a reader who does not see it the figure says its numbers, which the run has read off it.

The figure of a cell is the one that the cell hands to the ledger by name. Its files and those of the run's
tables are copied beside the pages, so that their links work from a downloaded folder too.
"""

import json
import re
import shutil
from html import escape
from pathlib import Path
from typing import Any

from cells import ANCHOR, CELLS
from docutils import nodes
from runs import first_run
from scoreboard_html import number
from sphinx.application import Sphinx

FOLDER = "figures"
KEPT = re.compile(r"""run\.figure\(\s*\w+,\s*["']([\w.-]+)["']""")


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
    drawn = f'<p>Drawn by <a href="#{ANCHOR}{escape(cell)}">this cell</a>.</p>' if cell else ""
    return (
        '<details class="made"><summary>How this was made, and its data</summary>'
        f"{drawn}<p>{links}</p><dl>{rows}</dl></details>"
    )


def _add(app: Sphinx, doctree: nodes.document) -> None:
    cells = app.env.temp_data.get(CELLS, [])
    docname = app.env.docname
    name = docname.rpartition("/")[2]
    run = first_run(Path(app.srcdir), app.config.companion_profile, name) if cells else None
    if run is None or not (run / "result.json").is_file():
        return
    result = json.loads((run / "result.json").read_text(encoding="utf-8"))
    address = "../" * docname.count("/") + f"{FOLDER}/{result['profile']}/{name}/"
    for node in list(doctree.findall(nodes.container)):
        index = node.get("cell_index")
        if node.get("nb_element") != "cell_code" or index is None or index >= len(cells):
            continue
        cell, text = cells[index]
        for figure in KEPT.findall(text):
            if figure in result["figures"]:
                _tell(node, result["figures"][figure].get("words", ""))
                node += nodes.raw("", details(result, figure, cell, address), format="html")


def _tell(node: nodes.container, words: str) -> None:
    """Add the numbers that a figure shows to what is said to those who do not see it."""
    for image in node.findall(nodes.image):
        image["alt"] = " ".join(filter(None, (image.get("alt", ""), words)))


def _copy(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    for docname in app.env.found_docs:
        name = docname.rpartition("/")[2]
        run = first_run(Path(app.srcdir), app.config.companion_profile, name)
        if not docname.startswith("notebooks/") or run is None or not (run / "result.json").is_file():
            continue
        result = json.loads((run / "result.json").read_text(encoding="utf-8"))
        drawn = [
            path
            for kinds in result["figures"].values()
            for kind, path in kinds.items()
            if kind in ("png", "svg", "csv")
        ]
        target = Path(app.outdir) / FOLDER / result["profile"] / name
        target.mkdir(parents=True, exist_ok=True)
        for path in {"result.json", *drawn, *result.get("tables", {}).values()}:
            if (run / path).is_file():
                shutil.copyfile(run / path, target / path)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", _add, priority=600)
    app.connect("build-finished", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
