"""The scripts and the style of the widgets, as files. Imports nothing, so that the book can ask for them."""

from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = (
    "network",
    "convolution",
    "curves",
    "common",
    "plane",
    "explored_model",
    "decoder_file",
    "latent_explorer",
    "grid_explorers",
)
SCRIPTS = tuple(FOLDER / f"{name}.js" for name in NAMES)
"""Classic scripts, each of which needs those before it."""

STYLE = FOLDER / "widgets.css"


START = "\nexport default { render: (given) => globalThis.Companion.render(given) };\n"


def module() -> str:
    """Write all widgets as one ES module in anywidget's form, as Jupyter and `{anywidget}` load it."""
    return script() + START


def script() -> str:
    """Join the scripts to one."""
    return "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
