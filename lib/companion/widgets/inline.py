"""One widget, two forms: live in Jupyter (anywidget), and plain HTML with the data inline (the book)."""

import json
from html import escape
from typing import Any

import anywidget
import traitlets

from companion.widgets.assets import STYLE, module


def plain_html(kind: str, data: dict[str, Any], title: str) -> str:
    """Write the place that the page's scripts turn into a widget, with its data.

    Args:
        kind: name under which the script registers the widget.
        data: what it shows, ready for json.
        title: what stands there for a reader without scripts.
    """
    payload = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
    return (
        f'<div data-widget="{escape(kind)}"><p class="lg-fallback">{escape(title)} It needs JavaScript.</p>'
        f'<script type="application/json">{payload}</script></div>'
    )


class PageWidget(anywidget.AnyWidget):
    """A widget of the pages, whose scripts are the same in Jupyter and in the book.

    Attributes:
        kind: name under which the scripts register it.
        data: what it shows.
        title: one sentence for readers without scripts.
        state: what the reader did, from the page.
        library: numbers of the library, to the page.
    """

    _esm = module()
    _css = STYLE
    kind = traitlets.Unicode().tag(sync=True)
    data = traitlets.Dict().tag(sync=True)
    title = traitlets.Unicode()
    state = traitlets.Dict().tag(sync=True)
    library = traitlets.Dict().tag(sync=True)

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        found = super()._repr_mimebundle_(**kwargs)
        bundle, metadata = found if isinstance(found, tuple) else (found or {}, {})
        return {**bundle, "text/html": plain_html(self.kind, self.data, self.title)}, metadata
