"""The directive `{equation-ledger}`: each labelled equation with code, tests and chapters that cite it."""

from html import escape
from pathlib import Path

from docutils import nodes
from equation_sources import NOTATION, Equation, ledger
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

COLUMNS = ("Equation", "Computed by", "Checked by", "Used in")


class EquationLedger(SphinxDirective):
    """A table of all equations."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        up = "../" * self.env.docname.count("/")
        pages = {name for name in self.env.found_docs if name.startswith("notebooks/")}
        try:
            equations = ledger(Path(self.env.app.srcdir))
        except ValueError as error:
            raise ExtensionError(str(error)) from None
        head = "".join(f'<th scope="col" role="columnheader">{column}</th>' for column in COLUMNS)
        columns = "".join(f'<col class="col-{column.lower().split()[0]}">' for column in COLUMNS)
        body = "\n".join(_row(equation, up, pages) for equation in equations.values())
        text = (
            '<div class="scoreboard-wrap"><table class="scoreboard equations" role="table">'
            f"<caption>{len(equations)} equations</caption><colgroup>{columns}</colgroup>"
            '<thead role="rowgroup">'
            f'<tr role="row">{head}</tr></thead><tbody role="rowgroup">'
            f"{body}</tbody></table></div>"
        )
        return [nodes.raw("", text, format="html")]


def _row(equation: Equation, up: str, pages: set[str]) -> str:
    name = equation.label.removeprefix("eq-").replace("-", " ")
    address = f"{up}{NOTATION.with_suffix('.html').as_posix()}#equation-{equation.label}"
    functions = [f"<code>{_breakable(name)}</code>" for name in equation.functions]
    tests = [
        f'<span title="{escape(file)}">{escape(_sentence(test))}</span>' for file, test in equation.tests
    ]
    chapters = [
        f'<a href="{up}notebooks/{chapter}.html">{escape(chapter[:2])}</a>'
        for chapter in equation.chapters
        if f"notebooks/{chapter}" in pages
    ]
    cells = zip(COLUMNS[1:], (functions, tests, chapters), strict=True)
    return (
        f'<tr role="row"><th scope="row" role="rowheader"><a href="{address}">{escape(name)}</a></th>'
        + "".join(_labelled(label, items) for label, items in cells)
        + "</tr>"
    )


def _labelled(column: str, items: list[str]) -> str:
    """Write a cell that names its column, for the layout without columns."""
    return f'<td role="cell" data-label="{escape(column)}"><div>{_list(items)}</div></td>'


def _sentence(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")


def _breakable(name: str) -> str:
    return escape(name).replace(".", ".<wbr>").replace("_", "_<wbr>")


def _list(items: list[str]) -> str:
    if not items:
        return '<span class="nothing">not yet</span>'
    if len(items) == 1:
        return items[0]
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("equation-ledger", EquationLedger)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
