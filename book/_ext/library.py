"""Pages of the library's rooms, made from its docstrings: `{room} pullback.metrics` lists a folder's modules.

A page is expanded when it is read, so that a new module or a new name is on it without an edit.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from docstrings import restructured
from docutils import nodes
from sphinx.application import Sphinx

ROOM = re.compile(r"^```\{room\} ([\w.]+)\n```$", re.MULTILINE)
PAGES = "book/api/"
ARGUMENTS = re.compile(r"<dl>\s*((?:<dd><em class=\"sig-param\">.*?</dd>\s*)+)</dl>", re.DOTALL)
KINDS = {ast.FunctionDef: "autofunction", ast.ClassDef: "autoclass"}


def modules(lib: Path, room: str) -> list[str]:
    """List the public modules of one folder, itself first, then those in it, without sub-folders."""
    found = [path.stem for path in sorted((lib / room.replace(".", "/")).glob("*.py"))]
    return [room, *(f"{room}.{name}" for name in found if not name.startswith("_"))]


def public_names(lib: Path, module: str) -> Iterator[tuple[str, str]]:
    """List what a module defines, in its order: name, and the directive of autodoc that documents it."""
    path = lib / module.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        for target in getattr(node, "targets", [getattr(node, "target", node)]):
            name = getattr(target, "name", getattr(target, "id", "_"))
            if not name.startswith("_"):
                kind = KINDS.get(type(node), "autodata")
                yield name, f".. {kind}:: {module}.{name}\n{_value(node) if kind == 'autodata' else ''}"


def _value(node: ast.Assign) -> str:
    """Show a constant as its source has it; what a call returns would be a long row of addresses."""
    called = isinstance(node.value, ast.Call)
    return "   :no-value:\n" if called else f"   :annotation: = {ast.unparse(node.value)}\n"


@cache
def addresses(lib: Path) -> dict[str, str]:
    """Map every public name that the library has once, and every module, to its dotted name."""
    found: dict[str, set[str]] = {}
    for path in sorted((lib / "pullback").rglob("*.py")):
        module = ".".join(path.relative_to(lib).with_suffix("").parts).removesuffix(".__init__")
        found[module] = {module}
        for name, _ in public_names(lib, module):
            found.setdefault(name, set()).add(f"{module}.{name}")
    return {name: next(iter(places)) for name, places in found.items() if len(places) == 1}


def section(lib: Path, module: str, room: str) -> str:
    """Write the part of a page that describes one module: what it gathers, then what it defines."""
    names = list(public_names(lib, module))
    lines = ["```{eval-rst}", f".. automodule:: {module}", "   :no-members:", ""]
    here = import_module(module)
    gathered = [name for group in getattr(here, "_HOME", {}).values() for name in group.split()]
    if gathered:
        entries = [f"   ~{found.__module__}.{found.__name__}" for found in map(here.__getattr__, gathered)]
        lines += [".. py:currentmodule:: None", ".. autosummary::", "   :nosignatures:", "", *entries, ""]
    for package in {"pullback": 0, room: 0}:  # the shortest way to a name
        shared = [name for name, _ in names if name in getattr(import_module(package), "__all__", [])]
        if shared and package != module:
            lines += [f"``from {package} import {', '.join(shared)}``", ""]
            break
    title = [] if module == room else [f"## `{module.removeprefix('pullback.')}`"]
    return "\n".join([*title, *lines, *(directive for _, directive in names), "```", ""])


def _expand(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname.startswith(PAGES):
        app.env.note_reread()
        lib = Path(app.srcdir) / "lib"
        source[0] = ROOM.sub(
            lambda match: "\n".join(section(lib, name, match[1]) for name in modules(lib, match[1])),
            source[0],
        )


def _docstring(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    if what == "data" and "\n".join(lines).strip() == (type(obj).__doc__ or "").strip():
        lines.clear()  # of a constant without words of its own, autodoc shows those of its class
    lines[:] = restructured(lines, addresses(Path(app.srcdir) / "lib"))


def _skip(app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Leave out the fields of named tuples: they are in the list of attributes, with their meaning."""
    return True if type(obj).__name__ == "_tuplegetter" else None


def _lines(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Write the arguments of a long signature as lines: Sphinx makes a list of definitions without terms."""
    if pagename.startswith(PAGES):
        context["body"] = ARGUMENTS.sub(
            lambda m: m[1].replace("<dd>", '<span class="sig-line">').replace("</dd>", "</span>"),
            context["body"],
        )


def _equation(role: str, raw: str, label: str, line: int, inliner: Any, options=None, content=None) -> tuple:
    words = label.removeprefix("eq-").replace("-", " ")
    return [nodes.reference(raw, words, refuri=f"../notation.html#equation-{label}", internal=True)], []


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("equation", _equation)
    app.connect("source-read", _expand)
    app.connect("autodoc-process-docstring", _docstring, priority=400)  # before napoleon
    app.connect("autodoc-skip-member", _skip)
    app.connect("html-page-context", _lines)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
