"""The role `{result}`: a number in the prose that is read from a run and not typed.

    {result}`02_near_zero_curvature:n_pairs`           a parameter, or any field of result.json
    {result}`02_near_zero_curvature:shao2017-...`      what was measured for a claim, or under that name

Where the notebook has not been run, the text says "not run"; a build never fails for it.
"""

import json
from pathlib import Path
from typing import Any

import computed_pages
from docutils import nodes
from runs import first_run
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole
from writing import number

NOT_RUN = "not run"


def look_up(result: dict[str, Any], name: str) -> Any:
    """Find a name among a run's claims, measurements, parameters and own fields; None where it is in none."""
    for group in ("claims", "measurements"):
        entry = result.get(group, {}).get(name)
        if entry is not None:
            return entry["value"]
    return result.get("parameters", {}).get(name, result.get(name))


class Result(SphinxRole):
    """Show one number of a finished run."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        app = self.env.app
        computed_pages.mark(self.env, self.env.docname)
        notebook, _, name = self.text.partition(":")
        run = first_run(Path(app.srcdir), app.config.companion_profile, notebook)
        value = None
        if run is not None and (run / "result.json").is_file():
            value = look_up(json.loads((run / "result.json").read_text(encoding="utf-8")), name)
        text = NOT_RUN if value is None else number(value)
        classes = ["result", "result-missing"] if value is None else ["result"]
        return [nodes.inline("", text, classes=classes)], []


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("result", Result())
    computed_pages.connect(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
