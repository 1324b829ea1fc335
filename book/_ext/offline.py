"""Keep every request of a page inside the book: MathJax from an installed package, no script from outside.

A book whose formulas cannot be drawn is not built: the script's absence is an error here, not a blank page.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

PACKAGE = "sphinx-mathjax-offline"
SCRIPT = Path("static") / "mathjax" / "tex-svg.js"  # draws with outlines: it needs no font files
OUTSIDE = ("THEBE_JS_URL", "sphinx-thebe")


def mathjax_script() -> Path:
    """Find the MathJax script in its package.

    Raises:
        ExtensionError: when the package or the script is absent.
    """
    spec = find_spec(PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    path = Path(next(iter(folders))) / SCRIPT if folders else None
    if path is None or not path.is_file():
        raise ExtensionError(
            f"mathjax: got no {SCRIPT.name}, expected it in the package {PACKAGE}; pip install {PACKAGE}"
        )
    return path


def _check(app: Sphinx) -> None:
    if app.builder.format == "html":
        mathjax_script()


def _copy(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        target = Path(app.outdir) / "_static" / app.config.mathjax_path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(mathjax_script(), target)


def _without_outside_scripts(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree
) -> None:
    """Drop the live-code scripts, which would load from a public address and are not used here."""
    context["script_files"] = [
        script for script in context.get("script_files", []) if not _is_outside(script)
    ]


def _is_outside(script: Any) -> bool:
    body = getattr(script, "attributes", {}).get("body") or ""
    name = str(getattr(script, "filename", script) or "")
    return name.startswith(("http:", "https:", "//")) or any(word in body or word in name for word in OUTSIDE)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", _check)
    app.connect("html-page-context", _without_outside_scripts, priority=950)
    app.connect("build-finished", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
