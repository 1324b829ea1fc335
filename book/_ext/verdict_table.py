"""The directive `{verdicts}`: claims in a table, each with what the recorded runs measured and its verdict.

    ```{verdicts}
    model | smooth | well conditioned
    GAN | ramirez2020-table1-gan-smoothness | ramirez2020-table1-gan-conditioning
    ```

The first line names the columns. Every other line is a row: its title, then ids of claims. A cell is the
verdict with the mean over the seeds and its 95 % interval. An unknown claim stops the build.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import computed_pages
from companion import ledger
from docutils import nodes
from scoreboard_html import number
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective


def cell(rows: Mapping[str, Mapping[str, Any]], claim: str) -> str:
    """Write the verdict of one claim with its measurement, if there is one.

    Raises:
        ExtensionError: for an unknown claim.
    """
    if claim not in rows:
        raise ExtensionError(f"verdicts: got {claim!r}, expected the id of a claim of book/claims.yml")
    row = rows[claim]
    verdict = f"{{verdict}}`{row['verdict']}`"
    if row["measured"] is None:
        return verdict
    low, high = row["interval"] or (None, None)
    spread = "" if low is None else f" ({number(low)} to {number(high)})"
    unit = "" if row["unit"] in (None, "", "1") else f" {row['unit']}"
    return f"{verdict} {number(row['measured'])}{spread}{unit}"


def table(rows: Mapping[str, Mapping[str, Any]], lines: list[str]) -> list[str]:
    """Turn the directive's lines into a Markdown table."""
    header, *body = [[part.strip() for part in line.split("|")] for line in lines if line.strip()]
    cells = [[title, *(cell(rows, claim) if claim else "" for claim in claims)] for title, *claims in body]
    return ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *cells)]


class Verdicts(SphinxDirective):
    """Show verdicts of the recorded runs where the prose speaks of the claims."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        rows = {row["id"]: row for row in ledger.scoreboard(Path(self.env.app.srcdir))}
        return computed_pages.show(self, table(rows, list(self.content)))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("verdicts", Verdicts)
    computed_pages.connect(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
