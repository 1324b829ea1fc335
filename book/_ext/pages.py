"""Small repairs of the theme: downloads that download, search from a folder, a page for wrong addresses.

Also what others read of a page: the preview of a link to it and, of pages that are published, a list of all
(`sitemap.xml`).
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

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


def _preview(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree) -> None:
    """Say what a link to the page looks like where it is shared: title, first sentences, picture."""
    first = next(iter(doctree.findall(nodes.paragraph)), None) if doctree is not None else None
    words = " ".join(first.astext().split()) if first is not None else app.config.project
    said = {
        "og:type": "article",
        "og:site_name": app.config.project,
        "og:title": re.sub("<[^>]*>", "", context.get("title", app.config.project)),
        "og:description": f"{words[:197]}..." if len(words) > 200 else words,
    }
    if app.config.html_baseurl:
        said["og:url"] = f"{app.config.html_baseurl}{pagename}.html"
        said["og:image"] = f"{app.config.html_baseurl}_static/page.png"
        said["og:image:alt"] = "A page of the book"
    tags = [f'<meta property="{name}" content="{escape(text)}" />' for name, text in said.items()]
    tags.append('<meta name="twitter:card" content="summary_large_image" />')
    tags.append(f'<meta name="description" content="{escape(said["og:description"])}" />')
    context["metatags"] = "\n".join([context.get("metatags", ""), *tags])


def _sitemap(app: Sphinx, error: Exception | None) -> None:
    site = app.config.html_baseurl
    if error is None and app.builder.format == "html" and site:
        pages = "".join(f"<url><loc>{site}{name}.html</loc></url>\n" for name in sorted(app.env.found_docs))
        space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {space}>\n{pages}</urlset>\n'
        (Path(app.outdir) / "sitemap.xml").write_text(text, encoding="utf-8")


def _without_templates(app: Sphinx, error: Exception | None) -> None:
    """Remove the theme's own templates, which it leaves among the files to serve."""
    for path in Path(app.outdir).glob("_static/*webpack-macros.html"):
        path.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_js_file(
        None, body=NO_SUMMARIES, priority=200
    )  # from file:// a summary would be a refused request
    app.add_js_file("page.js", priority=800)
    app.connect("html-collect-pages", _missing_page)
    app.connect("html-page-context", _preview)
    app.connect("build-finished", _sitemap)
    app.connect("build-finished", _without_templates)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
