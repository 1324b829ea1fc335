"""The directive `{recorded}`: what the `paper` runs measured, over their seeds, in a table.

    ```{recorded} 02_near_zero_curvature
    what | ten segments, % | fifty, %
    MNIST | saving_coarse_percent_mnist | saving_fine_percent_mnist
    ```

The first line names the columns. Every other line is a row: its title, then expressions over what the runs
kept, as in `book/claims.yml`. A cell is the mean over the seeds with its 95 % interval, or a dash where no
recorded run has measured it. `reported:CLAIM` is what the document reports instead, `verdict:CLAIM` what the
runs say about it, and `count:EXPRESSION` in how many of the runs something that is yes or no, 1 or 0, is yes.

Rows and columns that differ along axes are written once:

    ```{recorded} 05_disentangled_curvature
    :axes: {data: {MNIST: mnist, 3D chairs: chairs}, model: {the VAE: vae_large, Jha: jha}}
    data | {model}
    {data} | {data}.{model}.c_hat
    ```

`{data}` in a row's title gives a row per data set, `{model}` in a heading a column per model; there they
stand for what is read, in the other cells for what follows the colon.
"""

import re
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import computed_pages
import yaml
from companion import ledger
from companion.ledger.claims import Claims, load_claims
from companion.ledger.expressions import MissingReading, parse
from companion.ledger.verdicts import combine, verdict
from docutils import nodes
from numbers_in_prose import flat
from result_role import look_up
from scoreboard_html import number
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ABSENT = "–"
AXIS = re.compile(r"\{(\w+)\}")
Axes = dict[str, dict[str, str]]


@cache
def claims() -> Claims:
    """Read the claims once a build."""
    return load_claims()


def cell(results: list[dict[str, Any]], name: str) -> str:
    """Write the mean of one measurement over the runs that have it, with its interval."""
    kind, _, claim = name.rpartition(":")
    if kind == "reported":
        return number(claims()[claim].reported)
    if kind == "verdict":
        outcome, _ = verdict(claims()[claim], combine(claims()[claim], results), claims())
        return f"{{verdict}}`{outcome}`"
    if kind == "count":
        answers = [answer for answer in (_value(result, claim) for result in results) if answer is not None]
        return f"{sum(answer == 1 for answer in answers)} of {len(answers)}" if answers else ABSENT
    return interval([_value(result, name) for result in results])


def _value(result: dict[str, Any], text: str) -> Any:
    """Evaluate an expression over one run; None where the run lacks a part of it."""
    found = look_up(result, text)
    if found is not None:
        return found
    try:
        return parse(text)(flat(result))
    except (MissingReading, ValueError):  # a chapter that has not moved to readings has names of another kind
        return None


def interval(values: list[Any]) -> str:
    """Write the mean of those values that are numbers, with its interval."""
    numbers = [float(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(numbers) < 2:
        return number(numbers[0]) if numbers else ABSENT
    mean = ledger.t_interval(numbers)
    return f"{number(mean.mean)} ({number(mean.low)} to {number(mean.high)})"


def origin(results: list[dict[str, Any]]) -> str:
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


def origin_once(notebook: str, results: list[dict[str, Any]], told: set[str]) -> str:
    """Say it in full the first time on a page only: some pages have a dozen tables."""
    if notebook in told and results:
        return "Recorded runs, as above."
    told.add(notebook)
    return origin(results)


def unrolled(lines: list[str], axes: Axes) -> list[list[str]]:
    """Split the directive's lines into cells, the axes that they name written out."""
    header, *rows = [[part.strip() for part in line.split("|")] for line in lines if line.strip()]
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


def table(results: list[dict[str, Any]], lines: list[str], axes: Axes | None = None) -> list[str]:
    """Turn the directive's lines into a Markdown table."""
    header, *rows = unrolled(lines, axes or {})
    body = [[title, *(cell(results, name) if name else "" for name in names)] for title, *names in rows]
    return ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *body)]


class Recorded(SphinxDirective):
    """Show recorded measurements of a notebook."""

    required_arguments = 1
    has_content = True
    option_spec = {"axes": yaml.safe_load}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        results = ledger.recorded_results(Path(self.env.app.srcdir), self.arguments[0])
        told = self.env.temp_data.setdefault("recorded-origins", set())  # Sphinx empties it after each page
        lines = table(results, list(self.content), self.options.get("axes")) if results else []
        lines += ["", origin_once(self.arguments[0], results, told)]
        return computed_pages.show(self, lines)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("recorded", Recorded)
    computed_pages.connect(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
