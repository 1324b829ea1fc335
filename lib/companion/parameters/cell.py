"""The typed parameters cell of a notebook: what it declares, with the rules for its values."""

import ast
import io
import json
import tokenize
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from companion.parameters.rules import Rule, rules_of
from companion.parameters.values import read_value


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell, such as `n_pairs: int = 60  # random pairs of test images`.

    Attributes:
        name: of the variable.
        hint: its type as it is written there.
        default: its value there.
        help: the comment.
        rule: what its values may be, by `notebooks/parameters.yml`.
    """

    name: str
    hint: str
    default: Any
    help: str
    rule: Rule = field(default_factory=Rule)

    def read(self, text: str) -> Any:
        """Read a value in the declared type, within the rule.

        Raises:
            ValueError: when the text is no such value; with the nearest good one, where there is one.
        """
        value = read_value(self.name, text, self.hint)
        self.rule.check(self.name, value)
        return value


def declared(notebook: Path) -> dict[str, Parameter]:
    """Read the parameters cell of a notebook: the literal assignments of the cell with that tag.

    The rules are those of `parameters.yml` in the notebook's folder; without that file there are none.

    Raises:
        FileNotFoundError: when there is no such notebook.
        ValueError: when the file of rules is wrong.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
    source = "".join("".join(cell["source"]) + "\n" for cell in tagged)
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    rules, found = rules_of(notebook), {}
    for node in ast.parse(source).body:
        target = node.target if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [None])[0]
        if isinstance(target, ast.Name) and getattr(node, "value", None) is not None:
            default = ast.literal_eval(node.value)
            typed = isinstance(node, ast.AnnAssign)
            hint = ast.unparse(node.annotation) if typed else type(default).__name__
            help = comments.get(node.end_lineno, "")
            if help.startswith("@param"):  # a form of Colab, with its words in the line before
                help = comments.get(node.lineno - 1, "").partition(": ")[2]
            found[target.id] = Parameter(target.id, hint, default, help, rules.get(target.id, Rule()))
    return found
