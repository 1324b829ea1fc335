"""Small repairs of the theme: downloads that download, search from a folder, a page for wrong addresses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

SCRIPT = """
document.addEventListener("DOMContentLoaded", () => {
  for (const link of document.querySelectorAll("a.btn-download-source-button")) {
    link.setAttribute("download", "");
    link.removeAttribute("target");
  }
  for (const box of document.querySelectorAll("div.math, .cell_output > .output, pre")) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
  }
});
"""
NO_SUMMARIES = """
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
"""


def _missing_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    body = (
        "<h1>There is no such page</h1>"
        "<p>The address may be that of an older edition. The contents beside this text list every page, "
        "and the search finds words in all of them.</p>"
    )
    yield "404", {"title": "There is no such page", "body": body}, "page.html"


def _without_templates(app: Sphinx, error: Exception | None) -> None:
    """Remove the theme's own templates, which it leaves among the files to serve."""
    for path in Path(app.outdir).glob("_static/*webpack-macros.html"):
        path.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_js_file(
        None, body=NO_SUMMARIES, priority=200
    )  # from file:// a summary would be a refused request
    app.add_js_file(None, body=SCRIPT, priority=800)
    app.connect("html-collect-pages", _missing_page)
    app.connect("build-finished", _without_templates)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
