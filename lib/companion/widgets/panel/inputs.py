"""One parameter of a form: a field that fits its rule, and one line under it of help, or of what is wrong."""

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets

from companion.parameters import Parameter, written
from companion.widgets.panel.controls import Number, TagList

WIDE = ipywidgets.Layout(width="calc(100% - 4px)", max_width="46rem")
NAMES = "9rem"  # width of the column of names
NOTE = f'<div style="margin-left: {NAMES}; padding-left: 8px; font-size: 0.85em; line-height: 1.4">'
BAD = '<b role="alert" style="color: var(--jp-error-color1, #b00020)">'
STEPS = 100  # of a slider over a range of numbers that need not be whole
LISTS = ("list[int]", "list[float]", "list[str]")


class ParameterInput(ipywidgets.VBox):
    """A field for one parameter: a menu, a box to tick, a number with a slider, tags, or a line of text.

    Args:
        parameter: what the notebook declares.
        share: of the quick run's time that grows with it, 0 for none.

    Attributes:
        text: the value as text; to set it changes the field.
        error: what is wrong with the value in one line, or None.
    """

    def __init__(self, parameter: Parameter, *, share: float = 0.0):
        self.parameter, self.error = parameter, None
        self._share, self._note, self._field = share, ipywidgets.HTML(), self._make()
        super().__init__([self._field, self._note], layout=WIDE)
        self._field.observe(lambda change: self._changed(), "value")
        self._listeners: list[Callable[[], None]] = []
        self._tell()

    @property
    def text(self) -> str:
        return written(self._field.value)

    @text.setter
    def text(self, text: str) -> None:
        value: Any = text
        if isinstance(self._field, ipywidgets.Checkbox):
            value = text == "true"
        if isinstance(self._field, ipywidgets.Dropdown) and text not in self._field.options:
            raise ValueError(f"{self.parameter.name}: got {text!r}, expected one of {self._field.options}")
        if isinstance(self._field, TagList):
            self._field.text = text
        else:
            self._field.value = value

    def read(self) -> Any:
        """Read the value.

        Raises:
            ValueError: in one line, when it is none that the parameter may have.
        """
        return self.parameter.read(self.text)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call a function after every change."""
        self._listeners.append(listener)

    def _changed(self) -> None:
        self._tell()
        for listener in self._listeners:
            listener()

    def _tell(self) -> None:
        try:
            self.read()
            self.error = None
        except ValueError as error:
            self.error = str(error)
        note = f"{BAD}{escape(self.error)}</b>" if self.error else escape(self.help)
        self._note.value = f"{NOTE}{note}</div>"

    @property
    def help(self) -> str:
        """What the parameter is, its unit and range, and what doubling it does to the time."""
        rule, parts = self.parameter.rule, [self.parameter.help]
        if rule.range and not rule.choices:
            parts.append(f"{rule.range}{f' {rule.unit}' if rule.unit else ''}")
        elif rule.unit:
            parts.append(f"in {rule.unit}")
        if self._share >= 0.02:
            parts.append(f"twice as much makes the quick run {100 * self._share:.0f} % longer")
        return "; ".join(filter(None, parts))

    def _make(self) -> ipywidgets.Widget:
        name, hint, rule = self.parameter.name, self.parameter.hint, self.parameter.rule
        options = {"description": name, "layout": WIDE, "style": {"description_width": NAMES}}
        if hint == "bool":
            return ipywidgets.Checkbox(**options)
        if rule.choices and hint == "str":
            return ipywidgets.Dropdown(options=rule.choices, **options)
        if hint in LISTS:
            choices, words = [str(choice) for choice in rule.choices], hint == "list[str]"
            return TagList(label=name, choices=choices, words=words, layout=WIDE)
        if hint in ("int", "float") and rule.low is not None and rule.high is not None:
            step = rule.step or (1 if hint == "int" else (rule.high - rule.low) / STEPS)
            ends = {"low": rule.low, "high": rule.high, "step": step}
            return Number(label=name, whole=hint == "int", **ends, layout=WIDE)
        return ipywidgets.Text(continuous_update=True, **options)
