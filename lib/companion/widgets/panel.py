"""The parameter panel: a form for the parameters of a notebook, in Jupyter, whose button runs it.

    from companion.widgets import ParameterPanel

    ParameterPanel("06_jacobian_conditioning")

The form is made of the notebook's parameters cell, the run is that of the command line which the panel shows.
"""

import shlex
import signal
import sys
import threading
from html import escape
from pathlib import Path

import ipywidgets

from companion.parameters import Parameter, declared, written
from companion.profiles import all_profiles
from companion.project_paths import source_root
from companion.suggestions import hint
from companion.widgets.panel_run import FINISHED, STEP, claims_table, start_process

GIVEN_APART = ("profile", "seed")  # options of the command line in their own right
WIDE = ipywidgets.Layout(width="calc(100% - 4px)", max_width="46rem")
NAMES = "9rem"  # width of the column of names
NOTE = f'<div style="margin-left: {NAMES}; padding-left: 8px; font-size: 0.85em; line-height: 1.4">'
BAD = '<b role="alert" style="color: var(--jp-error-color1, #b00020)">'


class ParameterPanel(ipywidgets.VBox):
    """A form for a notebook's parameters, and a button that runs the notebook with them.

    Args:
        notebook: its name, such as "06_jacobian_conditioning".
        profile: the profile whose values the form begins with.
        root: the project's root, found unless given.

    Attributes:
        profile: the choice of a profile.
        fields: name of each other parameter -> its field.
        command: the command line of what the form says, or None while a value cannot be read.

    Raises:
        ValueError: for an unknown notebook or profile.
    """

    def __init__(self, notebook: str, *, profile: str = "quick", root: str | Path | None = None):
        self._root, self._notebook = source_root(root), notebook
        known = sorted(path.stem for path in (self._root / "notebooks").glob("*.ipynb"))
        if notebook not in known:
            raise ValueError(f"notebook: got {notebook!r}, which is unknown; {hint(notebook, known)}")
        every = all_profiles(self._root).items()
        self._profiles = {name: spec[notebook] for name, spec in every if notebook in (spec or {})}
        if profile not in self._profiles:
            raise ValueError(f"profile: got {profile!r}, expected one of {', '.join(self._profiles)}")
        self._parameters = declared(self._root / "notebooks" / f"{notebook}.ipynb")
        self._process = self._thread = self.command = None
        self._running = False
        self.profile = ipywidgets.Dropdown(options=list(self._profiles), value=profile, description="profile")
        self.profile.style.description_width = NAMES
        own = [p for p in self._parameters.values() if p.name != "profile"]
        self.fields = {parameter.name: _field(parameter) for parameter in own}
        self._notes = {parameter.name: ipywidgets.HTML() for parameter in own}
        self._command = ipywidgets.HTML(layout=WIDE)
        self._run = ipywidgets.Button(description="Run", button_style="primary", icon="play")
        self._stop = ipywidgets.Button(description="Stop", disabled=True, icon="stop")
        self._progress = ipywidgets.IntProgress(layout=ipywidgets.Layout(visibility="hidden"))
        self._status, self._claims = ipywidgets.HTML(layout=WIDE), ipywidgets.HTML(layout=WIDE)
        rows = [ipywidgets.VBox([self.fields[name], self._notes[name]], layout=WIDE) for name in self.fields]
        buttons = ipywidgets.HBox([self._run, self._stop, self._progress])
        super().__init__(
            [self.profile, *rows, self._command, buttons, self._status, self._claims], layout=WIDE
        )
        self._fill()
        self.profile.observe(lambda change: self._fill(), "value")
        for field in self.fields.values():
            field.observe(lambda change: self._check(), "value")
        self._run.on_click(lambda button: self.run())
        self._stop.on_click(lambda button: self.stop())

    def run(self) -> None:
        """Run the notebook by the command line that is shown, unless it is running or a value is bad."""
        if self.command is None or self._running:
            return
        self._running = True
        self._say("Starting.")
        self._claims.value = ""
        self._run.disabled, self._stop.disabled = True, False
        self._progress.value, self._progress.layout.visibility = 0, "visible"
        self._thread = threading.Thread(target=self._follow, args=[self.command], daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Interrupt the run; nothing of it is kept."""
        if self._running and self._process is not None:
            self._process.send_signal(signal.SIGINT)

    def wait(self) -> None:
        """Return when the run has ended."""
        if self._thread is not None:
            self._thread.join()

    def _fill(self) -> None:
        """Put the profile's values into the form."""
        spec = self._profiles[self.profile.value]
        values = {name: spec.get(name, self._parameters[name].default) for name in self.fields}
        if "seed" in values:
            values["seed"] = spec.get("seeds", [values["seed"]])[0]
        self._expected = values
        for name, field in self.fields.items():
            field.value = values[name] if isinstance(field, ipywidgets.Checkbox) else written(values[name])
        self._check()

    def _check(self) -> None:
        """Read the form: the command line, or under a field one line on what is wrong with its value."""
        changes, bad = {}, False
        for name, field in self.fields.items():
            parameter = self._parameters[name]
            text, note = written(field.value), escape(f"{parameter.help} ({parameter.hint})")
            try:
                if parameter.read(text) != self._expected[name]:
                    changes[name] = text
            except ValueError as error:
                bad = True
                note = f"{BAD}{escape(str(error))}</b>"
            self._notes[name].value = f"{NOTE}{note}</div>"
        self.command = None if bad else self._command_line(changes)
        self._run.disabled = bad or self._running
        shown = "A value cannot be read." if bad else f"<code>{escape(shlex.join(self.command))}</code>"
        self._command.value = f"<div>The same on the command line, from the project's folder:</div>{shown}"

    def _command_line(self, changes: dict[str, str]) -> list[str]:
        python = Path(sys.executable)
        python = python.relative_to(self._root) if python.is_relative_to(self._root) else python
        command = [str(python), "workflow/run.py", self._notebook, "--profile", self.profile.value]
        command += ["--seed", changes["seed"]] if "seed" in changes else []
        for name, text in changes.items():
            command += [] if name in GIVEN_APART else ["-p", name, text]
        return command

    def _follow(self, command: list[str]) -> None:
        """Show what the run says while it goes on, and what it measured when it has ended well."""
        last = ""
        self._process = start_process(command, self._root)  # it dies with the thread that starts it
        for line in self._process.stdout:
            last = line.strip() or last
            if step := STEP.search(last):
                self._progress.value, self._progress.max = int(step[1]), int(step[2])
            self._say(last)
        failed = self._process.wait() != 0
        self._progress.bar_style = "danger" if failed else "success"
        try:
            if not failed and (where := FINISHED.search(last)):
                self._claims.value = claims_table(self._root, self._root / where[1])
        except (OSError, ValueError) as error:
            self._say(f"{last}; its result cannot be read: {error}")
        finally:
            self._running = False
            self._run.disabled, self._stop.disabled = self.command is None, True

    def _say(self, text: str) -> None:
        self._status.value = f'<div role="status">{escape(text)}</div>'


def _field(parameter: Parameter) -> ipywidgets.Widget:
    options = {"description": parameter.name, "layout": WIDE, "style": {"description_width": NAMES}}
    if parameter.hint == "bool":
        return ipywidgets.Checkbox(**options)
    return ipywidgets.Text(continuous_update=True, **options)
