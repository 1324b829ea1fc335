"""Find where equations are defined, computed, tested and used, by reading the sources. Runs none of them."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LABEL = re.compile(r"\beq-[a-z]+(?:-[a-z]+)*\b")
DEFINITION = re.compile(r"^:label:\s*(eq-[a-z-]+)\s*$|\$\$\s*\((eq-[a-z-]+)\)", re.MULTILINE)
NOTATION = Path("book") / "notation.md"


@dataclass
class Equation:
    """Where one labelled equation is found.

    Attributes:
        label: such as `eq-pullback-metric`.
        functions: dotted names in the library whose docstrings cite it.
        tests: pairs of file and test function whose docstrings, comments or names cite it.
        chapters: names of the notebooks that use it.
    """

    label: str
    functions: list[str] = field(default_factory=list)
    tests: list[tuple[str, str]] = field(default_factory=list)
    chapters: list[str] = field(default_factory=list)


def ledger(root: Path) -> dict[str, Equation]:
    """Collect every label that the notation page defines, in its order, and where it is cited."""
    equations = {label: Equation(label) for label in defined(root)}
    for label, name in cited_in_library(root):
        if label in equations and name not in equations[label].functions:
            equations[label].functions.append(name)
    for label, test in cited_in_tests(root):
        if label in equations and test not in equations[label].tests:
            equations[label].tests.append(test)
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        for label in sorted(set(LABEL.findall(_markdown(path)))):
            if label in equations:
                equations[label].chapters.append(path.stem)
    return equations


def defined(root: Path) -> list[str]:
    """List the labels of the displayed equations on the notation page, in order."""
    text = (root / NOTATION).read_text(encoding="utf-8")
    return [first or second for first, second in DEFINITION.findall(text)]


def cited_in_library(root: Path) -> Iterator[tuple[str, str]]:
    """List label and dotted name of every public docstring of the library that cites an equation."""
    base = root / "lib"
    files = [path for package in ("pullback", "companion") for path in (base / package).rglob("*.py")]
    for path in sorted(path for path in files if "build" not in path.parts):
        module = ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")
        for name, docstring in _docstrings(path):
            if any(part.startswith("_") for part in name.split(".")):
                continue
            for label in LABEL.findall(docstring):
                yield label, f"{module}.{name}" if name else module


def cited_in_tests(root: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """List label, file and name of every test that cites an equation in its source."""
    for path in sorted((root / "tests").rglob("test_*.py")):
        text, tree = path.read_text(encoding="utf-8"), _parse(path)
        file = path.relative_to(root).as_posix()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                source = "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])
                for label in LABEL.findall(source):
                    yield label, (file, node.name)


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise ValueError(f"equations: cannot read {path.name}, line {error.lineno}: {error.msg}") from None


def _docstrings(path: Path) -> Iterator[tuple[str, str]]:
    tree = _parse(path)
    yield "", ast.get_docstring(tree) or ""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name, ast.get_docstring(node) or ""
        if isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    yield f"{node.name}.{member.name}", ast.get_docstring(member) or ""


def _markdown(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
