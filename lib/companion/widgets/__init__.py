"""Widgets: the latent explorer and its like, live in Jupyter and as plain HTML in the book.

Names load on first use, so that the book finds the scripts without waiting for torch.
"""

from pullback.lazy_names import gather

_HOME = {
    "explorer": "ExploredModel latent_explorer",
    "grids": "conditioning_explorer rank_explorer",
    "distance_units": "distance_unit_explorer",
    "panel.panel": "ParameterPanel",
    "panel.chooser": "PanelChooser",
}

__getattr__, __dir__, __all__ = gather(__name__, _HOME)
