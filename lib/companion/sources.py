"""Follow imports inside the packages of `lib`: which of their files stand behind a piece of source.

A file counts when importing or using what the source names would load it: the module itself, the `__init__`
of every package on the way, and everything these import in turn. A package that loads names lazily through a
table `_HOME` in its `__init__` is followed to the home of the name and not to the whole table.
"""

import ast
import re
from functools import cache
from pathlib import Path

PACKAGES = ("pullback", "companion")
DOTTED = re.compile(rf"({'|'.join(PACKAGES)})(\.\w+)+")
ASSET = re.compile(r"[\w/-]+\.(css|js|json|mplstyle|yml)")


def files_behind(source: str, library: Path) -> set[Path]:
    """List the library files that a Python source depends on.

    Args:
        source: the text of a script or notebook that lies outside the library.
        library: the folder that holds the packages.

    Returns:
        absolute paths.
    """
    return _closure(_named_files(ast.parse(source), library, package=""), library)


def modules_behind(module: str, library: Path, *, deep: bool = True) -> set[Path]:
    """List the Python files that a module of the library depends on, itself but no `__init__` included.

    An `__init__` only gathers names; a module that imports from the modules themselves does not depend on it.

    Args:
        module: dotted name.
        library: the folder that holds the packages.
        deep: include what it imports, and what that imports.

    Returns:
        absolute paths.
    """
    own = _modules(_resolve(module, library))
    found = _closure(own, library, keep=_modules) if deep else own
    return {path for path in found if path.suffix == ".py"}


def _closure(start: set[Path], library: Path, keep=lambda files: files) -> set[Path]:
    todo, found = set(start), set()
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found.add(path)
        if path.suffix == ".py":
            package = ".".join(path.relative_to(library).parts[:-1])
            todo |= keep(_named_files(_parse(path), library, package)) - found
    return found


def _modules(files: set[Path]) -> set[Path]:
    return {path for path in files if path.name != "__init__.py"}


@cache
def _parse_text(text: str) -> ast.Module:
    return ast.parse(text)


def _parse(path: Path) -> ast.Module:
    return _parse_text(path.read_text(encoding="utf-8"))


def _named_files(tree: ast.Module, library: Path, package: str) -> set[Path]:
    """Files that one source names: imported modules, lazily loaded names, package data named in a string."""
    files: set[Path] = set()
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in PACKAGES:
                    files |= _resolve(alias.name, library)
                    first = alias.name.split(".")[0]
                    aliases[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            if base.split(".")[0] in PACKAGES:
                for alias in node.names:
                    files |= _resolve(f"{base}.{alias.name}", library)
                    aliases[alias.asname or alias.name] = f"{base}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            first, _, rest = ast.unparse(node).partition(".")
            if first in aliases:
                files |= _resolve(f"{aliases[first]}.{rest}", library)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if DOTTED.fullmatch(node.value):
                files |= _resolve(node.value, library)
            elif ASSET.fullmatch(node.value):
                files |= {p for name in PACKAGES for p in (library / name).rglob(Path(node.value).name)}
    return files


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """Name the module that `from ... import` reads from, with the leading dots resolved."""
    if node.level == 0:
        return node.module or ""
    parents = package.split(".")
    parents = parents[: len(parents) - node.level + 1]
    return ".".join([*parents, *([node.module] if node.module else [])])


def _resolve(dotted: str, library: Path) -> set[Path]:
    """Files loaded by `import dotted`, where the last parts may be names inside a module or a lazy name."""
    parts = dotted.split(".")
    files: set[Path] = set()
    for depth in range(1, len(parts) + 1):
        stem = library.joinpath(*parts[:depth])
        if (stem / "__init__.py").is_file():
            files.add(stem / "__init__.py")
        elif stem.with_suffix(".py").is_file():
            return files | {stem.with_suffix(".py")}
        elif depth == 1:
            return files
        else:
            return files | _lazy(parts[depth - 1], library.joinpath(*parts[: depth - 1]), library)
    return files


def _lazy(name: str, package: Path, library: Path) -> set[Path]:
    """Files behind a name of a package whose `__init__` has a table `_HOME`; `*` means the whole table."""
    home = _home(package / "__init__.py")
    modules = [module for module, names in home.items() if name == "*" or name in names.split()]
    dotted = ".".join(package.relative_to(library).parts)
    return {path for module in modules for path in _resolve(f"{dotted}.{module}", library)}


def _home(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    for node in _parse(path).body:
        if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "_HOME" for t in node.targets):
            return ast.literal_eval(node.value)
    return {}
