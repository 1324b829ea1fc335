"""Stubs of the packages whose names load on first use, so that type checkers and editors know what they are.

python tests/stubs.py    writes them; a test compares them with the tables in the `__init__` files.
"""

import ast
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[1] / "lib" / "pullback"
LAZY = ("", "measures", "graph", "spsd")
HEAD = "# Written by tests/stubs.py from the table in __init__.py.\n"


def stub(folder: Path) -> str:
    """Write the imports that a package's table `_HOME` stands for, each name as itself: a re-export."""
    package = ".".join(folder.relative_to(LIBRARY.parent).parts)
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    [table] = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_HOME"
    ]
    lines = [
        f"from {package}.{module} import {name} as {name}\n"
        for module, names in sorted(table.items())
        for name in sorted(names.split())
    ]
    version = "\n__version__: str\n" if folder == LIBRARY else ""
    return HEAD + "".join(lines) + version


if __name__ == "__main__":
    for room in LAZY:
        (LIBRARY / room / "__init__.pyi").write_text(stub(LIBRARY / room), encoding="utf-8")
