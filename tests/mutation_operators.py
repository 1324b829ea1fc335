"""Small wrong changes to source text: a flipped sign, a swapped index, an end point off by one.

Every operator looks at one node of the syntax tree and proposes replacements of a piece of its text. Error
messages, annotations, docstrings, defaults and module constants are left alone: they hold no mathematics.
"""

import ast
import itertools
from collections.abc import Iterator
from typing import NamedTuple

SIGNS = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*")}
ORDERS = {ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">")}
NAMES = {"z0": "z1", "z1": "z0", "amin": "amax", "amax": "amin", "all": "any", "any": "all", "mH": "mT"}
DROPPED_CALLS = ("sqrt", "square", "diff", "exp", "log", "cumsum", "abs")


class Mutant(NamedTuple):
    """One replacement in one file; `start` and `end` are offsets into its text."""

    module: str
    function: str
    line: int
    kind: str
    start: int
    end: int
    before: str
    after: str

    @property
    def key(self) -> str:
        """A name that survives edits elsewhere in the file."""
        return f"{self.module}:{self.function}:{self.kind}:{self.before} -> {self.after}"

    def apply(self, source: str) -> str:
        """Return the text with the replacement made."""
        return source[: self.start] + self.after + source[self.end :]


def mutants_of(module: str, source: str) -> list[Mutant]:
    """List every mutant of a file, in the order of its text."""
    found, text = [], _Text(source)
    for function, body in _functions(ast.parse(source)):
        for node in _statements(body):
            for kind, start, end, after in _proposals(node, text):
                before = source[start:end]
                if before != after:
                    line = source.count("\n", 0, start) + 1
                    found.append(Mutant(module, function, line, kind, start, end, before, after))
    return sorted(set(found), key=lambda m: (m.start, m.end, m.after))


class _Text:
    """Offsets of nodes in the text; columns of the syntax tree count bytes."""

    def __init__(self, source: str) -> None:
        self.lines = source.splitlines(keepends=True)
        self.starts = [0, *itertools.accumulate(map(len, self.lines))]
        self.source = source

    def offset(self, line: int, column: int) -> int:
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def start(self, node: ast.AST) -> int:
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.AST) -> int:
        return self.offset(node.end_lineno, node.end_col_offset)


def _functions(tree: ast.Module) -> Iterator[tuple[str, list[ast.stmt]]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node.body
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{node.name}.{inner.name}", inner.body


def _statements(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Walk what computes: no raise, no docstring, no annotation, no signature of an inner function."""
    todo = list(reversed(body))
    while todo:
        node = todo.pop()
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if docstring or isinstance(node, ast.Raise | ast.JoinedStr | ast.arguments):
            continue
        yield node
        children = [c for c in ast.iter_child_nodes(node) if c is not getattr(node, "annotation", None)]
        if isinstance(node, ast.FunctionDef):
            children = node.body
        if isinstance(node, ast.If) and all(isinstance(s, ast.Raise) for s in node.body) and not node.orelse:
            continue
        todo.extend(reversed(children))


def _proposals(node: ast.AST, text: _Text) -> Iterator[tuple[str, int, int, str]]:
    if isinstance(node, ast.BinOp):
        yield from _operators(node, text)
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in ORDERS:
        yield from _between("comparison", node.left, node.comparators[0], *ORDERS[type(node.ops[0])], text)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        kind = "end point" if isinstance(node.operand, ast.Constant) else "sign"
        if kind == "sign":
            yield kind, text.start(node), text.start(node.operand), ""
    elif isinstance(node, ast.Constant):
        yield from _constants(node, text)
    elif isinstance(node, ast.Attribute) and node.attr in ("mT", *NAMES):
        end = text.end(node)
        after = "" if node.attr == "mT" else "." + NAMES[node.attr]
        yield ("transpose" if not after else "name"), end - len(node.attr) - 1, end, after
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in NAMES:
        yield "end point", text.start(node), text.end(node), NAMES[node.id]
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        yield from _slices(node.slice, text)
    elif isinstance(node, ast.Call):
        yield from _calls(node, text)


def _operators(node: ast.BinOp, text: _Text) -> Iterator[tuple[str, int, int, str]]:
    if type(node.op) in SIGNS:
        kind = "sign" if isinstance(node.op, ast.Add | ast.Sub) else "factor"
        yield from _between(kind, node.left, node.right, *SIGNS[type(node.op)], text)
    elif isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant):
        yield "power", text.start(node.right), text.end(node.right), str(node.right.value + 1)


def _between(
    kind: str, left: ast.AST, right: ast.AST, before: str, after: str, text: _Text
) -> Iterator[tuple[str, int, int, str]]:
    gap = text.end(left)
    at = text.source.find(before, gap, text.start(right))
    if at >= 0:
        yield kind, at, at + len(before), after


def _constants(node: ast.Constant, text: _Text) -> Iterator[tuple[str, int, int, str]]:
    start, end = text.start(node), text.end(node)
    if isinstance(node.value, bool):
        yield "flag", start, end, str(not node.value)
    elif isinstance(node.value, float):
        yield "constant", start, end, repr(2 * node.value)
    elif isinstance(node.value, int):
        yield "off by one", start, end, str(node.value + 1)
    elif isinstance(node.value, str) and "->" in node.value:
        yield from _einsum(node.value, start, end)


def _einsum(formula: str, start: int, end: int) -> Iterator[tuple[str, int, int, str]]:
    """Swap the last two letters of each operand, and of the result."""
    terms, result = formula.split("->")
    parts = [*terms.split(","), result]
    for k, part in enumerate(parts):
        letters = [i for i, c in enumerate(part) if c.isalpha()]
        if len(letters) < 2:
            continue
        i, j = letters[-2:]
        swapped = list(part)
        swapped[i], swapped[j] = swapped[j], swapped[i]
        changed = [*parts[:k], "".join(swapped), *parts[k + 1 :]]
        yield "einsum", start, end, '"' + ",".join(changed[:-1]) + "->" + changed[-1] + '"'


def _slices(node: ast.Slice, text: _Text) -> Iterator[tuple[str, int, int, str]]:
    if node.lower is not None and isinstance(node.lower, ast.Constant):
        yield "end point", text.start(node.lower), text.end(node.lower), str(node.lower.value - 1)
    if node.upper is not None and isinstance(node.upper, ast.UnaryOp):
        yield "end point", text.start(node.upper), text.end(node.upper), "None"


def _calls(node: ast.Call, text: _Text) -> Iterator[tuple[str, int, int, str]]:
    if isinstance(node.func, ast.Attribute) and not node.args and node.func.attr in DROPPED_CALLS:
        # The value's own end leaves out the brackets around it.
        start = text.source.find("." + node.func.attr + "(", text.end(node.func.value))
        yield "dropped call", start, text.end(node), ""
