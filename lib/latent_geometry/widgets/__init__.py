"""Widgets: the latent explorer and its like, live in Jupyter and as plain HTML in the book.

Names load on first use, so that the book finds the scripts without waiting for torch.
"""

from importlib import import_module

_HOME = {
    "explorer": "ExploredModel latent_explorer",
    "grids": "conditioning_explorer rank_explorer",
    "rulers": "ruler_explorer",
    "panel": "ParameterPanel",
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str):
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
