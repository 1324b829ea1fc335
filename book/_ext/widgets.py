"""Scripts and style of the widgets, on the pages that have one; no state of live widgets.

A widget stands on a page as plain HTML with its data inline. What Jupyter saves beside it, so that a kernel
can take it up again, would put the same data there once more. All of them are also one ES module in
anywidget's form, for books that load it by `{anywidget}`.
"""

import json
import re
from pathlib import Path
from typing import Any

from companion.widgets.assets import SCRIPTS, STYLE, module
from docutils import nodes
from sphinx.application import Sphinx

FOLDER = "widgets"
MARK = "data-widget="
COMMENT = re.compile(r"^\s*/\*.*?\*/\s*$", re.MULTILINE | re.DOTALL)
MODULE = "explorers.mjs"  # all of them, for books of another make


def without_state(app: Sphinx, docname: str, source: list[str]) -> None:
    """Drop the saved state of live widgets from an executed notebook."""
    if docname.startswith("notebooks/") and '"widgets"' in source[0]:
        notebook = json.loads(source[0])
        if notebook.get("metadata", {}).pop("widgets", None) is not None:
            source[0] = json.dumps(notebook)


def _has_widget(doctree: nodes.document | None) -> bool:
    return doctree is not None and any(MARK in node.astext() for node in doctree.findall(nodes.raw))


def _add_files(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree) -> None:
    if _has_widget(doctree):
        app.add_css_file(f"{FOLDER}/{STYLE.name}")
        for path in SCRIPTS:
            app.add_js_file(f"{FOLDER}/{path.name}", loading_method="defer")


def _bare(text: str) -> str:
    """Leave indentation and comments out: a page loads what runs. No string there spans lines."""
    lines = (line.strip() for line in COMMENT.sub("", text).split("\n"))
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def _copy(app: Sphinx) -> None:
    if app.builder.format == "html":
        target = Path(app.outdir) / "_static" / FOLDER
        target.mkdir(parents=True, exist_ok=True)
        for path in (*SCRIPTS, STYLE):
            (target / path.name).write_text(_bare(path.read_text(encoding="utf-8")), encoding="utf-8")
        (target / MODULE).write_text(module(), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", without_state, priority=600)  # after the executed copy has been put in
    app.connect("builder-inited", _copy)
    app.connect("html-page-context", _add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
