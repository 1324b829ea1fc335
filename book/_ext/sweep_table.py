"""The directive `{sweep}`: the table of a sweep over parameters and seeds, and what it cost.

    ```{sweep} latent_dim
    ```

A row is a combination of parameters, a cell the mean over its seeds with its 95 % interval.
"""

import json
from pathlib import Path
from typing import Any

import computed_pages
from docutils import nodes
from recorded_table import interval
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def table(sweep: dict[str, Any]) -> list[str]:
    """Turn a sweep into a Markdown table."""
    names, headings = list(sweep["rows"][0]["parameters"]), list(sweep["rows"][0]["columns"])
    rows = [[f"`{name}`" for name in names] + headings]
    rows.append(["---"] * len(rows[0]))
    for row in sweep["rows"]:
        chosen = [_plain(row["parameters"][name]) for name in names]
        rows.append(chosen + [interval(row["columns"][heading]) for heading in headings])
    return ["| " + " | ".join(row) + " |" for row in rows]


def origin(sweep: dict[str, Any]) -> str:
    """Say in a sentence where the numbers come from."""
    seeds = ", ".join(map(str, sweep["seeds"]))
    changes = ", ".join(f"`{name}` {_plain(value)}" for name, value in sweep["changes"].items())
    beside = f" with {changes}" if changes else ""
    commits = ", ".join(commit[:8] for commit in sweep["commits"])
    return (
        f"Notebook `{sweep['notebook']}`, profile `{sweep['profile']}`{beside}; seeds {seeds}; device "
        f"{', '.join(sweep['devices'])}; commit {commits}; "
        f"{sweep['seconds'] / 3600:.1f} hours in all. Means over the seeds, with 95 % intervals."
    )


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


class Sweep(SphinxDirective):
    """Show a sweep's table."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.app.srcdir) / "book" / "recorded" / "sweeps" / f"{self.arguments[0]}.json"
        if path.is_file():
            sweep = json.loads(path.read_text(encoding="utf-8"))
            lines = [*table(sweep), "", origin(sweep)]
        else:
            lines = [f"This sweep has not been run yet: `make sweep S={self.arguments[0]}`."]
        return computed_pages.show(self, lines)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("sweep", Sweep)
    computed_pages.connect(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
