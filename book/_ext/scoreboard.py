"""The directives `{scoreboard}` and `{scoreboard-summary}`, and `claims.json` at the root of the pages.

`{scoreboard}` shows all documents, `{scoreboard} NAME` the table of one.

Claims, results and verdicts are the ledger's. A wrong or doubled id stops the build with the ledger's words.
"""

import os
import shutil
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import computed_pages
import scoreboard_html as html
from cells import ANCHOR, recording_cell
from companion import ledger
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective, SphinxRole

PAGE = "book/scoreboard"
FIGURES = "figures"
CLAIMS_FILE = "claims.json"
FIVE = ("shao2017", "arvanitidis2018", "shukla2019", "ramirez2020", "shrivastava2024")


def _ask(question: Callable[[], Any]) -> Any:
    """Ask the ledger; what it has against the claims becomes one clear error of the build."""
    try:
        return question()
    except ValueError as error:
        raise ExtensionError(f"ledger: {error}") from None


def _rows(app: Sphinx) -> list[dict[str, Any]]:
    return _ask(lambda: ledger.scoreboard(app.srcdir))


def _claims(app: Sphinx) -> ledger.Claim:
    return _ask(lambda: ledger.load_claims(Path(app.srcdir) / "book" / "claims.yml"))


def _name(documents: dict[str, dict[str, Any]], key: str) -> str:
    entry = documents.get(key) or {}
    return str(entry.get("short") or entry.get("reference") or entry.get("title") or key)


def _up(docname: str) -> str:
    return "../" * docname.count("/")


class Summary(SphinxDirective):
    """Counts of verdicts, by document."""

    def run(self) -> list[nodes.Node]:
        app, here = self.env.app, self.env.docname
        computed_pages.mark(self.env, here)
        counts = _ask(lambda: ledger.summary(app.srcdir))
        documents = _claims(app).documents
        page = os.path.relpath(f"{PAGE}.html", Path(here).parent).replace(os.sep, "/")
        others = [key for key in counts if key not in FIVE]
        rows = {key: [key] for key in FIVE if key in counts} | (
            {"Critics and sources": others} if others else {}
        )
        text = html.summary(
            counts,
            rows,
            lambda key: f'<a href="{page}#document-{key}">{escape(_name(documents, key))}</a>',
        )
        return [nodes.raw("", text, format="html")]


class Scoreboard(SphinxDirective):
    """Every claim, a section and a table a document; with a document's name its table alone."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        app = self.env.app
        computed_pages.mark(self.env, self.env.docname)
        rows, claims = _rows(app), _claims(app)
        documents = list(dict.fromkeys(row["document"] for row in rows))
        if self.arguments and self.arguments[0] not in documents:
            raise self.error(f"scoreboard: got {self.arguments[0]!r}, expected one of {', '.join(documents)}")
        if self.arguments:
            return [self._table(self.arguments[0], rows, claims)]
        return [self._section(key, rows, claims) for key in documents]

    def _section(self, key: str, rows: list[dict[str, Any]], claims: Any) -> nodes.section:
        entry = claims.documents.get(key) or {}
        name = _name(claims.documents, key)
        section = nodes.section(ids=[f"document-{key}"])
        section += nodes.title(name, name)
        if entry.get("title") and entry["title"] != name:
            section += nodes.paragraph("", "", nodes.emphasis("", str(entry["title"])))
        section += self._table(key, rows, claims)
        return section

    def _table(self, key: str, rows: list[dict[str, Any]], claims: Any) -> nodes.raw:
        own = [row for row in rows if row["document"] == key]
        counted = f"{len(own)} claim{'' if len(own) == 1 else 's'} of {_name(claims.documents, key)}"
        text = html.table(own, counted, claims.confidence, self._link)
        return nodes.raw("", text, format="html")

    def _link(self, row: dict[str, Any]) -> str:
        here, links = self.env.docname, []
        chapter = f"notebooks/{row['notebook']}"
        if chapter in self.env.found_docs:
            address = os.path.relpath(f"{chapter}.html", Path(here).parent).replace(os.sep, "/")
            links.append(f'<a href="{address}">chapter {row["notebook"][:2].lstrip("0")}</a>')
            cell = recording_cell(Path(self.env.app.srcdir) / f"{chapter}.ipynb", row["id"])
            if cell:
                links.append(f'<a href="{address}#{ANCHOR}{cell}">cell</a>')
        if row.get("figure"):
            links.append(f'<a class="figure-link" href="{_up(here)}{_figure_path(row["figure"])}">figure</a>')
        return f'<span class="links">{" ".join(links)}</span>' if links else ""


class Verdict(SphinxRole):
    """Show a verdict in prose as the table shows it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [nodes.raw("", html.chip(self.text), format="html")], []


class ClaimsFile(SphinxRole):
    """Link the file that holds every claim for machines."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        address = f"{_up(self.env.docname)}{CLAIMS_FILE}"
        text = f'<a href="{address}"><code>{escape(self.text)}</code></a>'
        return [nodes.raw("", text, format="html")], []


def _figure_path(figure: str) -> str:
    return f"{FIGURES}/{figure.removeprefix('book/recorded/')}"


def _check(app: Sphinx) -> None:
    _rows(app)


def _finish(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    _ask(lambda: ledger.write_claims_json(Path(app.outdir) / CLAIMS_FILE, app.srcdir))
    for row in _rows(app):
        if row.get("figure"):
            target = Path(app.outdir) / _figure_path(row["figure"])
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(app.srcdir) / row["figure"], target)


def _add_script(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree) -> None:
    if pagename == PAGE:
        app.add_js_file("claims.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("scoreboard", Scoreboard)
    app.add_directive("scoreboard-summary", Summary)
    app.add_role("verdict", Verdict())
    app.add_role("claims-file", ClaimsFile())
    app.connect("builder-inited", _check)
    app.connect("html-page-context", _add_script)
    app.connect("build-finished", _finish)
    computed_pages.connect(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
