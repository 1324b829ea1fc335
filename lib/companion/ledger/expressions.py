"""Arithmetic over what a run has measured: the small language in which `book/claims.yml` binds claims.

    maps.gan.log_det_roughness - maps.vae.log_det_roughness
    untrained.saved >= measured > 0
    (box.log_det_low, box.log_det_high)

Names of readings, numbers, + - * / and powers, `mean`, `min`, `max` and `abs`, a pair for a range, and on the
outside a comparison, or several joined by `and`. Nothing else is allowed, and nothing is ever executed: the
text is parsed by `ast`, and each node that is not in the list above is refused by name.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from companion.ledger.runs.readings import MEASURED, path_problem

Value = float | list[float]

ARITHMETIC: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
CALLS: dict[str, Callable[[list[float]], float]] = {
    "mean": fmean,
    "min": min,
    "max": max,
    "abs": lambda values: abs(values[0]),
}


class MissingReading(Exception):
    """A name of the expression is not among a run's readings."""


@dataclass(frozen=True)
class Expression:
    """One expression, parsed and checked.

    Attributes:
        text: as it is written.
        names: the readings it refers to, in order, each once; `measured` is not among them.
        judges: whether it is a comparison, so that it is true or false.
    """

    text: str
    names: tuple[str, ...]
    judges: bool
    _tree: ast.expr

    def __call__(self, readings: Mapping[str, Value], measured: Value | None = None) -> Value | bool:
        """Evaluate the expression.

        Args:
            readings: path -> value, of one run.
            measured: the claim's own value.

        Returns:
            a number, a range [low, high], or the truth of a comparison.

        Raises:
            MissingReading: for a name that the run has not measured.
            ValueError: for arithmetic with a range, or where the result is not finite.
        """
        return self._checked(_evaluate(self._tree, _lookup(readings, measured)))

    def leading(self, readings: Mapping[str, Value], measured: Value | None = None) -> Value:
        """Evaluate what stands first in a comparison: the control's own value."""
        return self._checked(_evaluate(_first(self._tree), _lookup(readings, measured)))

    def judge(self, leading: Value, readings: Mapping[str, Value], measured: Value | None) -> bool:
        """Return whether the comparison holds with a given value for what stands first in it."""
        return bool(_evaluate(self._tree, _lookup(readings, measured), {id(_first(self._tree)): leading}))

    def _checked(self, value: Any) -> Any:
        ends = value if isinstance(value, list) else [value]
        if not all(math.isfinite(end) for end in ends):
            raise ValueError(f"expression {self.text!r}: got {value}, expected a finite number")
        return value


def parse(text: str) -> Expression:
    """Parse an expression.

    Raises:
        ValueError: when it is no text, cannot be parsed, or holds what the language does not have.
    """
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"got expression {text!r}, expected text such as 'a.b - c.d'")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"got expression {text!r}, which cannot be parsed") from None
    names: dict[str, None] = {}
    judges = isinstance(tree, (ast.Compare, ast.BoolOp))
    _check(tree, text, names, outermost=True)
    names.pop(MEASURED, None)
    return Expression(text.strip(), tuple(names), judges, tree)


def _check(node: ast.expr, text: str, names: dict[str, None], *, outermost: bool = False) -> None:
    def each(*children: ast.expr) -> None:
        for child in children:
            _check(child, text, names)

    match node:
        case ast.Constant(value=bool() | int() | float()):
            pass
        case ast.Name() | ast.Attribute():
            names[_path(node, text)] = None
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            each(left, right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            each(operand)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in CALLS and args:
            if name == "abs" and len(args) != 1:
                raise ValueError(f"got expression {text!r}: abs of {len(args)} values, expected one")
            each(*args)
        case ast.Tuple(elts=[low, high]) if outermost:
            each(low, high)
        case ast.Compare(left=left, ops=ops, comparators=others) if outermost:
            if wrong := [op for op in ops if type(op) not in COMPARISONS]:
                raise ValueError(
                    f"got expression {text!r}: {type(wrong[0]).__name__}, expected < <= > >= == !="
                )
            each(left, *others)
        case ast.BoolOp(op=ast.And(), values=parts) if outermost and all(
            isinstance(part, ast.Compare) for part in parts
        ):
            for part in parts:
                _check(part, text, names, outermost=True)
        case _:
            raise ValueError(
                f"got expression {text!r}: {type(node).__name__} there, expected names of readings, numbers, "
                "+ - * / **, mean, min, max, abs, and on the outside a comparison or a pair"
            )


def _path(node: ast.expr, text: str) -> str:
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise ValueError(f"got expression {text!r}: a part of {type(node).__name__}, expected names and dots")
    path = ".".join([node.id, *reversed(parts)])
    if path != MEASURED and (problem := path_problem(path)):
        raise ValueError(f"in expression {text!r}: {problem}")
    return path


def _first(tree: ast.expr) -> ast.expr:
    tree = tree.values[0] if isinstance(tree, ast.BoolOp) else tree
    return tree.left if isinstance(tree, ast.Compare) else tree


def _lookup(readings: Mapping[str, Value], measured: Value | None) -> Callable[[str], Value]:
    def look_up(name: str) -> Value:
        found = measured if name == MEASURED else readings.get(name)
        if found is None:
            raise MissingReading(name)
        return found

    return look_up


def _evaluate(node: ast.expr, look_up: Callable[[str], Value], given: Mapping[int, Value] = {}) -> Any:
    if id(node) in given:
        return given[id(node)]

    def value(child: ast.expr) -> Any:
        return _evaluate(child, look_up, given)

    match node:
        case ast.Constant(value=number):
            return float(number)
        case ast.Name() | ast.Attribute():
            return look_up(_path(node, ""))
        case ast.BinOp(left=left, op=op, right=right):
            try:
                found = ARITHMETIC[type(op)](_number(value(left)), _number(value(right)))
            except (ZeroDivisionError, OverflowError):
                return math.nan
            return math.nan if isinstance(found, complex) else found
        case ast.UnaryOp(operand=operand):
            return -_number(value(operand))
        case ast.Call(func=ast.Name(id=name), args=args):
            return CALLS[name]([_number(value(arg)) for arg in args])
        case ast.Tuple(elts=ends):
            return [_number(value(end)) for end in ends]
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [value(left), *map(value, others)]
            return all(
                COMPARISONS[type(op)](_number(a), _number(b))
                for a, op, b in zip(values, ops, values[1:], strict=False)
            )
        case ast.BoolOp(values=parts):
            truths = [value(part) for part in parts]  # a reading that is missing is missing in each
            return all(truths)
    raise AssertionError(ast.dump(node))  # `parse` lets nothing else through


def _number(value: Value) -> float:
    if isinstance(value, list):
        raise ValueError(f"expression: got the range {value} in arithmetic, expected a number")
    return value
