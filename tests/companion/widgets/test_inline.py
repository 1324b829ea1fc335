"""The two forms of a widget."""

import json
import re

from companion.widgets.inline import plain_html
from widget_pages import explorer


def test_a_widget_is_live_in_jupyter_and_plain_html_elsewhere():
    widget = explorer()
    bundle, _ = widget._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "text/html"} <= set(bundle)
    payload = re.search(r"<script type=\"application/json\">(.*)</script>", bundle["text/html"])[1]
    assert json.loads(payload) == json.loads(json.dumps(widget.data))


def test_data_cannot_end_the_script_that_holds_it():
    html = plain_html("kind", {"name": "</script><script>alert(1)"}, "A <title>.")
    assert html.count("</script>") == 1
    assert "A &lt;title&gt;." in html
