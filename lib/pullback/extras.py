"""Packages that a few functions need and the others do not."""

from importlib import import_module
from types import ModuleType


def require(module: str, extra: str) -> ModuleType:
    """Import a module of an optional dependency.

    Args:
        module: dotted name.
        extra: the extra of this package that installs it.

    Raises:
        ImportError: in one line that names the extra, where it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        raise ImportError(f'{package}: not installed; run `pip install "pullback[{extra}]"`') from error
