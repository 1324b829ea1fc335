"""The form of a sweep: up to two parameters with their values, seeds, and what is tabulated."""

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets
import yaml

from companion.ledger.claim import Claim
from companion.parameters import Parameter, written
from companion.run_costs import duration, estimate
from companion.widgets.panel.inputs import BAD, NAMES, WIDE
from companion.widgets.panel.sweeps import Sweep

NONE = "none"
MOST_CLAIMS = 4  # that a table has room for
MOST_RUNS = 200


class SweepForm(ipywidgets.VBox):
    """Fields for a sweep.

    Args:
        root: the project's root.
        notebook: its name.
        parameters: that may be varied.
        claims: that may be tabulated.
        profile: what names the profile at the moment.

    Attributes:
        sweep: what the form asks, or None while a value cannot be read.
        error: what is wrong, in one line, or None.
    """

    def __init__(
        self,
        root: Path,
        notebook: str,
        parameters: dict[str, Parameter],
        claims: list[Claim],
        profile: Callable[[], str],
    ):
        self._root, self._notebook, self._profile = root, notebook, profile
        self._parameters = {name: p for name, p in parameters.items() if name not in ("profile", "seed")}
        self._claims = {claim.id: claim for claim in claims}
        style = {"style": {"description_width": NAMES}, "layout": WIDE}
        self.names = [
            ipywidgets.Dropdown(options=[NONE, *self._parameters], description=title, **style)
            for title in ("parameter", "and parameter")
        ]
        self.values = [
            ipywidgets.Text(description="its values", placeholder="[1, 2, 4]", **style) for _ in self.names
        ]
        self.seeds = ipywidgets.Text("[0]", description="seeds", **style)
        self.tabulated = ipywidgets.SelectMultiple(
            options=list(self._claims), value=list(self._claims)[:2], rows=6, description="claims", **style
        )
        self._said = ipywidgets.HTML(layout=WIDE)
        rows = [field for pair in zip(self.names, self.values, strict=True) for field in pair]
        super().__init__([*rows, self.seeds, self.tabulated, self._said], layout=WIDE)
        self._listeners: list[Callable[[], None]] = []
        for name, values in zip(self.names, self.values, strict=True):
            name.observe(lambda change, values=values: self._suggest(change["new"], values), "value")
        for field in (*self.names, *self.values, self.seeds, self.tabulated):
            field.observe(lambda change: self.check(), "value")
        self.check()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call a function after every change."""
        self._listeners.append(listener)

    def check(self) -> None:
        """Read the form."""
        self.sweep, self.error = None, None
        try:
            self.sweep = self._read()
            said = "Name a parameter and its values." if self.sweep is None else self._cost(self.sweep)
        except ValueError as error:
            self.error, said = str(error), f"{BAD}{escape(str(error))}</b>"
        self._said.value = f"<div>{said}</div>"
        for listener in self._listeners:
            listener()

    def _suggest(self, name: str, values: ipywidgets.Text) -> None:
        """Begin with the profile's own value and twice that."""
        default = self._parameters[name].default if name in self._parameters else None
        more = [2 * default] if isinstance(default, (int, float)) and not isinstance(default, bool) else []
        values.value = "" if default is None else written([default, *more])

    def _read(self) -> Sweep | None:
        grid: dict[str, list[Any]] = {}
        for name, values in zip((field.value for field in self.names), self.values, strict=True):
            if name == NONE:
                continue
            if name in grid:
                raise ValueError(f"{name}: got it twice, expected two parameters")
            parameter = self._parameters[name]
            grid[name] = [parameter.read(written(value)) for value in _list(name, values.value)]
        if not grid:
            return None
        seeds = _list("seeds", self.seeds.value)
        if not all(isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0 for seed in seeds):
            raise ValueError(f"seeds: got {self.seeds.value!r}, expected whole numbers such as [0, 1, 2]")
        chosen = [self._claims[name] for name in self.tabulated.value]
        if not 1 <= len(chosen) <= MOST_CLAIMS:
            raise ValueError(f"claims: got {len(chosen)}, expected 1 to {MOST_CLAIMS}")
        sweep = Sweep(self._notebook, self._profile(), grid, seeds, chosen)
        runs = len(sweep.combinations) * len(seeds)
        if runs > MOST_RUNS:
            raise ValueError(f"its values: got {runs} runs, expected at most {MOST_RUNS}")
        return sweep

    def _cost(self, sweep: Sweep) -> str:
        each = [estimate(self._root, self._notebook, sweep.profile, c) for c in sweep.combinations]
        runs = f"{len(each) * len(sweep.seeds)} runs"
        if None in each:
            return runs
        return f"{runs}, about {duration(sum(cost.seconds for cost in each) * len(sweep.seeds))} on one core"


def _list(name: str, text: str) -> list[Any]:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        found = None
    if not isinstance(found, list) or not found:
        raise ValueError(f"{name}: got {text!r}, expected a list such as [1, 2, 4]")
    return found
