"""A panel for any notebook: a menu of them, and the panel of the one that is chosen."""

from pathlib import Path

import ipywidgets

from companion.project_paths import notebook_names, source_root
from companion.widgets.panel.inputs import NAMES, WIDE
from companion.widgets.panel.panel import ParameterPanel
from companion.widgets.panel.shipped import lay_out


class PanelChooser(ipywidgets.VBox):
    """A menu of the notebooks, with the panel of the chosen one under it.

    Args:
        notebook: the one to begin with, the first unless given.
        root: the project's root, found unless given.
        folder: as for `ParameterPanel`.

    Attributes:
        notebook: the menu.
        panel: the panel that is shown.
    """

    def __init__(
        self,
        notebook: str | None = None,
        *,
        root: str | Path | None = None,
        folder: str | Path | None = None,
    ):
        self._root = source_root(root) if folder is None else lay_out(folder)
        names = notebook_names(self._root)
        self.notebook = ipywidgets.Dropdown(
            options=names, value=notebook or names[0], description="notebook", layout=WIDE
        )
        self.notebook.style.description_width = NAMES
        super().__init__(layout=WIDE)
        self._show()
        self.notebook.observe(lambda change: self._show(), "value")

    def _show(self) -> None:
        self.panel = ParameterPanel(self.notebook.value, root=self._root)
        self.children = [self.notebook, self.panel]
