"""What a word of the field or a numbered formula means, shown where it is met: the data behind `hover.js`.

The words are those of `book/glossary.yml`, the formulas those of the page of notation. Both travel with the
pages as one script, since a page that is opened from a folder may not ask for another file.
"""

import json
import re
from html import escape
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

GLOSSARY = Path("book") / "glossary.yml"
NOTATION = Path("book") / "notation.md"
FENCED = re.compile(r"```\{math\}\s*\n:label:\s*(eq-[a-z-]+)\s*\n(.*?)```", re.DOTALL)
DOLLARS = re.compile(r"\$\$(.*?)\$\$\s*\((eq-[a-z-]+)\)", re.DOTALL)


def glossary(root: Path) -> dict[str, dict]:
    """Read the words, each with its meaning and its other forms."""
    return yaml.safe_load((root / GLOSSARY).read_text(encoding="utf-8"))


def formulas(root: Path) -> dict[str, str]:
    """Read the labelled formulas of the page of notation as LaTeX."""
    text = (root / NOTATION).read_text(encoding="utf-8")
    found = dict(FENCED.findall(text))
    return {
        name: " ".join(latex.split())
        for name, latex in (found | {n: l for l, n in DOLLARS.findall(text)}).items()
    }


class Glossary(SphinxDirective):
    """List the words and their meanings."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(Path(self.env.app.srcdir) / GLOSSARY))
        words = sorted(glossary(Path(self.env.app.srcdir)).items(), key=lambda item: item[0].lower())
        rows = "".join(f"<dt>{escape(word)}</dt><dd>{escape(entry['means'])}</dd>" for word, entry in words)
        return [nodes.raw("", f'<dl class="glossary-words">{rows}</dl>', format="html")]


def _write(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    root = Path(app.srcdir)
    words = {
        form: entry["means"] for word, entry in glossary(root).items() for form in (word, *entry["forms"])
    }
    data = json.dumps({"words": words, "formulas": formulas(root)}, ensure_ascii=False)
    target = Path(app.outdir) / "_static" / "hover-data.js"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"window.COMPANION_HOVER = {data};\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("glossary-words", Glossary)
    app.connect("builder-inited", _write)
    app.add_js_file("hover-data.js", loading_method="defer")
    app.add_js_file("hover.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
