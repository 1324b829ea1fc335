"""Three small widgets that Jupyter lacks: a number with a slider, a list as tags, a line to copy."""

from pathlib import Path
from typing import Any

import anywidget
import traitlets
import yaml

from companion.parameters import written

FOLDER = Path(__file__).parent


class Number(anywidget.AnyWidget):
    """A number as text with a slider beside it.

    Attributes:
        label: the name before it.
        value: what stands in the field, a number or not.
        low, high: ends of the slider.
        step: of the slider, where it does not go by factors.
        wide: the ratio of the ends from which it does.
        whole: whether the slider gives whole numbers.
    """

    _esm = FOLDER / "number.js"
    _css = FOLDER / "panel.css"
    label = traitlets.Unicode().tag(sync=True)
    value = traitlets.Unicode().tag(sync=True)
    low = traitlets.Float().tag(sync=True)
    high = traitlets.Float().tag(sync=True)
    step = traitlets.Float(1.0).tag(sync=True)
    wide = traitlets.Float(50.0).tag(sync=True)
    whole = traitlets.Bool(True).tag(sync=True)


class TagList(anywidget.AnyWidget):
    """A list of numbers or words as tags: type and press Enter to add one, Backspace to take the last away.

    Attributes:
        label: the name before it.
        items: the values as text.
        choices: those that are suggested.
        words: whether the values are words, "1" too.
        value: the list of the values; changes with `items`.
        text: the same as YAML's text; to set it changes the list.
    """

    _esm = FOLDER / "tags.js"
    _css = FOLDER / "panel.css"
    label = traitlets.Unicode().tag(sync=True)
    items = traitlets.List(traitlets.Unicode()).tag(sync=True)
    choices = traitlets.List(traitlets.Unicode()).tag(sync=True)
    words = traitlets.Bool(False)
    value = traitlets.Any([])

    @traitlets.observe("items")
    def _read(self, change: Any) -> None:
        self.value = list(self.items) if self.words else [yaml.safe_load(item) for item in self.items]

    @property
    def text(self) -> str:
        return written(self.value)

    @text.setter
    def text(self, text: str) -> None:
        try:
            values = yaml.safe_load(text)
        except yaml.YAMLError:
            values = None
        if not isinstance(values, list):
            raise ValueError(f"{self.label}: got {text!r}, expected a list such as [1, 2]")
        self.items = [str(item) if self.words else written([item])[1:-1] for item in values]


class CopyLine(anywidget.AnyWidget):
    """A line of code with a button that copies it.

    Attributes:
        text: the line.
    """

    _esm = FOLDER / "copy.js"
    _css = FOLDER / "panel.css"
    text = traitlets.Unicode().tag(sync=True)
