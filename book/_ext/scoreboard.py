"""The directives `{scoreboard}` and `{scoreboard-summary}`, a page per claim, `claims.json` and `claims.csv`.

`{scoreboard}` shows all documents, `{scoreboard} NAME` the table of one.

Claims, results and verdicts are the ledger's. A wrong or doubled id stops the build with the ledger's words.
"""

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import board
from claim_plot import plot
from companion import ledger
from companion.ledger.claim import COUNTED
from companion.ledger.criteria import in_words
from companion.ledger.judging.outcomes import OUTCOMES, POSITIVE
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole
from writing import number, templates

FILES = ("claims.json", "claims.csv")
PLURALS = {
    "claim of ours": "claims of ours about them",
    "arithmetic or theorem": "of arithmetic or a theorem",
}


class Summary(SphinxDirective):
    """Counts of verdicts, by document; the critics and sources together."""

    def run(self) -> list[nodes.Node]:
        root, here = Path(self.env.app.srcdir), self.env.docname
        self.env.note_reread()
        rows, documents = board.rows(root), board.claims(root).documents
        counts: dict[str, Counter] = {}
        apart = {name: Counter() for name in COUNTED[1:]}
        for row in rows:
            own = counts.setdefault(row["document"], Counter())
            apart.get(row["counted_as"], own)[row["verdict"]] += 1
        page = board.address(board.PAGE, here)
        groups: dict[str, list[str]] = {}
        for key in documents:
            if key in counts:
                five = documents[key].get("main", False)
                groups.setdefault(key if five else "Critics and sources", []).append(key)
        shown = []
        for name, keys in groups.items():
            seen = sum((counts[key] for key in keys), Counter())
            own = [{**board.document(root, key), "address": f"{page}#document-{key}"} for key in keys]
            ordered = {verdict: seen[verdict] for verdict in OUTCOMES}
            shown.append({"name": name, "documents": own, "counts": ordered, "sum": seen.total()})
        total = {verdict: sum(group["counts"][verdict] for group in shown) for verdict in OUTCOMES}
        toys = sum(_holds_as_a_toy(row) for row in rows)
        text = templates().summary(total, shown, {PLURALS[name]: n for name, n in apart.items()}, toys)
        return [nodes.raw("", str(text), format="html")]


def _holds_as_a_toy(row: dict[str, Any]) -> bool:
    """Whether a document's claim holds, on its data, in models that were trained only briefly."""
    of_document = row["counted_as"] == COUNTED[0] and row["scale"] != "stand-in data"
    return of_document and bool(row["toy"]) and row["verdict"] in POSITIVE


class Scoreboard(SphinxDirective):
    """Every claim, a section and a table per document; with a document's name its table alone."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        root = Path(self.env.app.srcdir)
        self.env.note_reread()
        documents = list(dict.fromkeys(row["document"] for row in board.rows(root)))
        if self.arguments and self.arguments[0] not in documents:
            raise self.error(f"scoreboard: got {self.arguments[0]!r}, expected one of {', '.join(documents)}")
        if self.arguments:
            return [self._table(root, self.arguments[0])]
        return [self._section(root, key) for key in documents]

    def _section(self, root: Path, key: str) -> nodes.section:
        known = board.document(root, key)
        section = nodes.section(ids=[f"document-{key}"])
        section += nodes.title(known["name"], known["name"])
        title = nodes.emphasis("", known["title"])
        if known["link"]:
            title = nodes.reference("", "", title, refuri=known["link"])
        section += nodes.paragraph("", "", title)
        section += self._table(root, key)
        return section

    def _table(self, root: Path, key: str) -> nodes.raw:
        app, here = self.env.app, self.env.docname
        own = [board.linked(app, row, here) for row in board.rows(root) if row["document"] == key]
        counted = f"{len(own)} claim{'' if len(own) == 1 else 's'} of {board.document(root, key)['name']}"
        text = templates().table(own, counted, board.claims(root).confidence)
        return nodes.raw("", str(text), format="html")


class Verdict(SphinxRole):
    """Show a verdict in prose as the table shows it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [nodes.raw("", str(templates().chip(self.text)), format="html")], []


class ClaimsFile(SphinxRole):
    """Link a file that holds every claim for machines."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        up = "../" * self.env.docname.count("/")
        text = f'<a href="{up}{self.text}" download><code>{escape(self.text)}</code></a>'
        return [nodes.raw("", text, format="html")], []


def _pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Write the page of each claim; its address is for good."""
    root = Path(app.srcdir)
    claims, repository = board.claims(root), str(app.config.html_theme_options.get("repository_url") or "")
    for row in board.rows(root):
        here, claim = f"{board.CLAIMS}/{row['id']}", claims[row["id"]]
        shown = board.linked(app, row, here)
        shown["asked"] = in_words(claim.criterion, claim.reported)
        shown["rules"] = {name: rule.text for name, rule in claim.controls.items() if rule is not None}
        shown["cost"] = _cost(root, row)
        shown["picture"] = f"../{board.figure_path(row['figure'])}" if row.get("figure") else None
        addresses = {page: board.address(name, here) for page, name in PAGES.items()}
        addresses["issues"] = f"{repository}/issues/new?title={row['id']}" if repository else ""
        known = board.document(root, row["document"])
        body = templates().claim(shown, known, claims.confidence[row["confidence"]], plot(row), addresses)
        context = {"title": row["statement"], "body": str(body), "sourcename": None, "page_source_suffix": ""}
        yield here, context, "page.html"


PAGES = {"board": board.PAGE, "equations": board.EQUATIONS, "rules": board.RULES}


def _cost(root: Path, row: dict[str, Any]) -> str:
    """Say what the recorded runs of the claim's chapter took, of which it is one number."""
    if not row["seeds"]:
        return ""
    seconds = _seconds(root, row["notebook"])
    return f"one number of a chapter whose recorded run takes {number(seconds)} s per seed on {row['device']}"


@cache
def _seconds(root: Path, notebook: str) -> float:
    """Mean time of a notebook's recorded runs; read once a build, for its claims are many."""
    results = ledger.recorded_results(root, notebook)
    return sum(result["seconds"] for result in results) / len(results)


def _finish(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    root, out = Path(app.srcdir), Path(app.outdir)
    rows = board.rows(root)
    ledger.write_claims_json(out / "claims.json", rows)
    with (out / "claims.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [key for key in rows[0] if key not in LONG], extrasaction="ignore")
        writer.writeheader()
        writer.writerows({key: _flat(value) for key, value in row.items()} for row in rows)
    for figure in {row["figure"] for row in rows if row.get("figure")}:
        target = out / board.figure_path(figure)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / figure, target)


LONG = ("setup", "parameters", "controls", "quick_controls", "beside", "sides", "failed_seeds")


def _flat(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list) else value


def _add_script(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree) -> None:
    if pagename == board.PAGE:
        app.add_js_file("claims.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("scoreboard", Scoreboard)
    app.add_directive("scoreboard-summary", Summary)
    app.add_role("verdict", Verdict())
    app.add_role("claims-file", ClaimsFile())
    app.connect("builder-inited", lambda app: board.rows(Path(app.srcdir)))
    app.connect("html-collect-pages", _pages)
    app.connect("html-page-context", _add_script)
    app.connect("build-finished", _finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
