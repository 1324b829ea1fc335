"""Gather the names of a package's modules in its `__init__` without loading the modules."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def gather(
    package: str, home: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Make `__getattr__`, `__dir__` and `__all__` of a package whose names load on first use (PEP 562).

    A program then waits only for the modules that it uses, and a notebook depends on no others.

    Args:
        package: its `__name__`.
        home: module, relative to the package -> names that it gives, separated by spaces.

    Raises:
        ValueError: for a name that a module of the package has too: once loaded, the module would hide it.
    """
    module_of = {name: module for module, names in home.items() for name in names.split()}
    hidden = sorted(module_of.keys() & home.keys())
    if hidden:
        raise ValueError(
            f"home: got {hidden[0]!r} as a name and as a module of {package}, expected one of both"
        )

    def get(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{module_of[name]}"), name)

    return get, lambda: sorted(module_of), sorted(module_of)
