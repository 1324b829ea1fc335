"""Tables of claims and of what runs kept, read from files and never typed: `{recorded}`, `{verdicts}`.

    ```{recorded} 05_disentangled_curvature
    :axes: {data: {MNIST: mnist, 3D chairs: chairs}, model: {the VAE: vae_large, Jha: jha}}
    data | {model} | reported, Jha
    {data} | {data}.{model}.c_hat | reported:shukla2019-chat-{data}-jha
    ```

`{recorded}` shows what the `paper` runs of a chapter kept. The first line names the columns; every other
line is a row: its title, then expressions over the readings, as in `book/claims.yml`. A cell is the mean
over the seeds with its 95 % interval, or a dash where no recorded run has measured it. `reported:CLAIM` is
what the document reports instead, `measured:CLAIM` what its runs say, `verdict:CLAIM` what follows, and
`count:EXPRESSION` in how many of the runs a yes-or-no is yes. `{axis}` in a row's title gives a row per
entry of the axis, in a heading a column per entry; there it stands for what is read, in the other cells for
what follows the colon.

`{verdicts}` has ids of claims in its cells, and shows their verdict with what was measured.
"""

import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import board
import yaml
from companion import ledger
from companion.ledger.expressions import MissingReading, parse
from docutils import nodes
from numbers_in_prose import flat
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from writing import number

ABSENT = "–"
AXIS = re.compile(r"\{(\w+)\}")
Axes = dict[str, dict[str, str]]
Result = dict[str, Any]


def markdown(heads: list[str], rows: list[list[str]], n_text: int | None = None) -> list[str]:
    """Write a Markdown table; the columns after the first `n_text` are numbers."""
    n_text = len(heads) if n_text is None else n_text
    rule = ["---"] * n_text + ["---:"] * (len(heads) - n_text)
    return ["| " + " | ".join(row) + " |" for row in (heads, rule, *rows)]


def interval(values: list[Any]) -> str:
    """Write the mean of those values that are numbers, with its interval."""
    numbers = [float(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(numbers) < 2:
        return number(numbers[0]) if numbers else ABSENT
    found = ledger.t_interval(numbers)
    return f"{number(found.mean)} ({number(found.low)} to {number(found.high)})"


def split(lines: list[str]) -> list[list[str]]:
    """Split lines into cells, at their bars."""
    return [[part.strip() for part in line.split("|")] for line in lines if line.strip()]


def unrolled(lines: list[str], axes: Axes) -> list[list[str]]:
    """Split the directive's lines into cells, the axes that they name written out."""
    header, *rows = split(lines)
    columns = [_along(heading, axes) for heading in header]
    found = [[_named(heading, at) for heading, along in zip(header, columns, strict=True) for at in along]]
    for title, *names in rows:
        for here in _along(title, axes):
            cells = [
                _filled(name, {**here, **at}, axes)
                for name, along in zip(names, columns[1:], strict=False)
                for at in along
            ]
            found.append([_named(title, here), *cells])
    return found


def _along(text: str, axes: Axes) -> list[dict[str, str]]:
    """List the places along the axes that a text names: axis -> its title there."""
    named = [axis for axis in dict.fromkeys(AXIS.findall(text)) if axis in axes]
    return [dict(zip(named, titles, strict=True)) for titles in product(*(axes[axis] for axis in named))]


def _named(text: str, at: dict[str, str]) -> str:
    return AXIS.sub(lambda found: at.get(found[1], found[0]), text)


def _filled(text: str, at: dict[str, str], axes: Axes) -> str:
    return AXIS.sub(lambda found: axes[found[1]][at[found[1]]] if found[1] in at else found[0], text)


def evaluated(result: Result, text: str) -> Any:
    """Evaluate an expression over one run; None where the run lacks a part of it.

    Raises:
        ExtensionError: where it is no expression.
    """
    try:
        return parse(text)(flat(result))
    except MissingReading:
        return None
    except ValueError as error:
        raise ExtensionError(f"recorded: {error}") from None


class Table(SphinxDirective):
    """A directive whose table is computed from files."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()  # Sphinx does not watch those files
        lines = "\n".join(self.lines(Path(self.env.app.srcdir)))
        return [nodes.container("", *self.parse_text_to_nodes(lines), classes=["recorded"])]

    def lines(self, root: Path) -> list[str]:
        raise NotImplementedError


class Recorded(Table):
    """What the recorded runs of a notebook kept."""

    required_arguments = 1
    has_content = True
    option_spec = {"axes": yaml.safe_load}  # noqa: RUF012

    def lines(self, root: Path) -> list[str]:
        results = ledger.recorded_results(root, self.arguments[0])
        told = self.env.temp_data.setdefault("recorded-origins", set())  # Sphinx empties it after each page
        claims = {row["id"]: row for row in board.rows(root)}
        lines = recorded(results, list(self.content), self.options.get("axes"), claims) if results else []
        return [*lines, "", origin_once(self.arguments[0], results, told)]


def recorded(
    results: list[Result], lines: list[str], axes: Axes | None, claims: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Turn the lines of `{recorded}` into a Markdown table; `claims` are the board's rows by id."""

    def cell(text: str) -> str:
        kind, _, what = text.rpartition(":")
        if kind in ("reported", "measured", "verdict"):
            if what not in claims:
                raise ExtensionError(f"recorded: got {what!r}, expected the id of a claim of book/claims.yml")
            row = claims[what]
            shown = {"reported": number(row["reported"]), "measured": interval(row["by_seed"])}
            return shown.get(kind, f"{{verdict}}`{row['verdict']}`")
        values = [evaluated(result, what) for result in results]
        if kind == "count":
            answers = [value for value in values if value is not None]
            return f"{sum(value == 1 for value in answers)} of {len(answers)}" if answers else ABSENT
        return interval(values)

    header, *rows = unrolled(lines, axes or {})
    return markdown(header, [[title, *(text and cell(text) for text in texts)] for title, *texts in rows])


def origin(results: list[Result]) -> str:
    """Say in a sentence where the numbers come from."""
    if not results:
        return "No run of the `paper` profile has been recorded for this chapter yet."
    seeds = ", ".join(str(result["seed"]) for result in results)
    devices = ", ".join(sorted({str(result["device"]) for result in results}))
    hours = sum(result.get("seconds", 0) for result in results) / 3600
    return (
        f"Recorded with the `paper` profile: seeds {seeds}; device {devices}; commit "
        f"{results[0]['commit'][:8]}; {hours:.1f} hours in all, "
        "without models that had been trained before. Means over the seeds, with 95 % intervals."
    )


def origin_once(notebook: str, results: list[Result], told: set[str]) -> str:
    """Say it in full the first time on a page only: some pages have a dozen tables."""
    if notebook in told and results:
        return "Recorded runs, as above."
    told.add(notebook)
    return origin(results)


class Verdicts(Table):
    """Verdicts of the recorded runs where the prose speaks of the claims."""

    has_content = True

    def lines(self, root: Path) -> list[str]:
        return verdicts({row["id"]: row for row in board.rows(root)}, list(self.content))


def verdicts(claims: Mapping[str, Mapping[str, Any]], lines: list[str]) -> list[str]:
    """Turn the lines of `{verdicts}` into a Markdown table."""

    def cell(claim: str) -> str:
        if claim not in claims:
            raise ExtensionError(f"verdicts: got {claim!r}, expected the id of a claim of book/claims.yml")
        row = claims[claim]
        verdict = f"{{verdict}}`{row['verdict']}`"
        if row["measured"] is None:
            return verdict
        low, high = row["interval"] or (None, None)
        spread = "" if low is None else f" ({number(low)} to {number(high)})"
        unit = "" if row["unit"] in (None, "", "1") else f" {row['unit']}"
        return f"{verdict} {number(row['measured'])}{spread}{unit}"

    header, *rows = split(lines)
    return markdown(header, [[title, *(claim and cell(claim) for claim in ids)] for title, *ids in rows])


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("recorded", Recorded)
    app.add_directive("verdicts", Verdicts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
