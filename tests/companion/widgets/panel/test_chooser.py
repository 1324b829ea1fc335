"""A menu of the notebooks shows the panel of the one that is chosen."""

from companion.project_paths import notebook_names
from companion.widgets import PanelChooser


def test_the_panel_is_that_of_the_chosen_notebook(root):
    chooser = PanelChooser(root=root)
    assert chooser.notebook.options == notebook_names(root)
    for name in ("01_pullback_metric", "06_jacobian_conditioning"):
        chooser.notebook.value = name
        assert chooser.panel.command[2] == name
        assert chooser.children == (chooser.notebook, chooser.panel)
