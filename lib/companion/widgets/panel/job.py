"""A button that runs a command in the background, one that stops it, how far it is and what it says."""

import re
import threading
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

import ipywidgets

from companion.widgets.panel.background import Background, start
from companion.widgets.panel.inputs import WIDE


class Job(ipywidgets.VBox):
    """Buttons, progress and the latest words of one command.

    Args:
        root: the folder that commands run in.
        title: of the button.
        step: finds how far the command is and of how much, in a line of its.
        done: finds in its last line that all went well.
        ended: is told its last line when it has ended.
        heard: is told every line.

    Attributes:
        press: what the button does.
    """

    def __init__(
        self,
        root: Path,
        title: str,
        *,
        step: re.Pattern,
        done: re.Pattern,
        ended: Callable[[str], None],
        heard: Callable[[str], None] = lambda line: None,
    ):
        self._root, self._step, self._done, self._ended, self._heard = root, step, done, ended, heard
        self._process: Background | None = None
        self._thread: threading.Thread | None = None
        self._allowed, self.press = True, lambda: None
        self.button = ipywidgets.Button(description=title, button_style="primary", icon="play")
        self.stop_button = ipywidgets.Button(description="Stop", disabled=True, icon="stop")
        self.progress = ipywidgets.IntProgress(layout=ipywidgets.Layout(visibility="hidden"))
        self._status = ipywidgets.HTML(layout=WIDE)
        super().__init__([ipywidgets.HBox([self.button, self.stop_button, self.progress]), self._status])
        self.button.on_click(lambda button: self.press())
        self.stop_button.on_click(lambda button: self.stop())

    @property
    def running(self) -> bool:
        """Whether its command runs."""
        return self._thread is not None and self._thread.is_alive()

    def allow(self, allowed: bool) -> None:
        """Let the button be pressed, or not."""
        self._allowed = allowed
        self.button.disabled = self.running or not allowed

    def start(self, command: Sequence[str], subject: str) -> None:
        """Start a command, unless one runs."""
        if not self.running:
            self._say("Starting.")
            self.take_up(start(command, self._root, subject))

    def take_up(self, process: Background | None) -> None:
        """Follow a process, this panel's or an earlier one's."""
        if process is None or self.running:
            return
        self._process = process
        self.button.disabled, self.stop_button.disabled = True, False
        self.progress.value, self.progress.bar_style, self.progress.layout.visibility = 0, "", "visible"
        self._thread = threading.Thread(target=self._follow, args=[process], daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Interrupt the command."""
        if self._process is not None:
            self._process.stop()

    def wait(self) -> None:
        """Return when the command has ended."""
        if self._thread is not None:
            self._thread.join()

    def _follow(self, process: Background) -> None:
        last = ""
        try:
            for line in process.lines():
                last = line.strip() or last
                if found := self._step.search(last):
                    self.progress.value, self.progress.max = int(found[1]), int(found[2])
                self._say(last)
                self._heard(last)
            well = self._done.search(last) is not None
            self.progress.bar_style = "success" if well else "danger"
            if well:
                self._ended(last)
        except (OSError, ValueError) as error:
            self._say(f"{last}; its result cannot be read: {error}")
        finally:
            self._thread = None
            self.button.disabled, self.stop_button.disabled = not self._allowed, True

    def _say(self, text: str) -> None:
        self._status.value = f'<div role="status">{escape(text)}</div>'
