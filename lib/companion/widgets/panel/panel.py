"""The parameter panel: a form for the parameters of a notebook, in Jupyter, whose button runs it.

    from companion.widgets import ParameterPanel

    ParameterPanel("06_jacobian_conditioning")

The form is made of the notebook's parameters cell and the rules for its values; a run is that of the command
line which the panel shows. Runs go on in the background when the kernel restarts, and the next panel takes
them up.
"""

import contextlib
import re
import shlex
import sys
from html import escape
from pathlib import Path

import ipywidgets

from companion.ledger.claims import load_claims
from companion.parameters import declared, written
from companion.parameters.rules import GROUPS
from companion.profiles import all_profiles
from companion.project_paths import CLAIMS, source_root
from companion.run_costs import estimate, shares
from companion.suggestions import hint
from companion.widgets.panel.background import running
from companion.widgets.panel.claims import FINISHED, claims_table
from companion.widgets.panel.controls import CopyLine
from companion.widgets.panel.history import compared, past_runs
from companion.widgets.panel.inputs import NAMES, WIDE, ParameterInput
from companion.widgets.panel.job import Job
from companion.widgets.panel.shipped import lay_out
from companion.widgets.panel.sweep_form import SweepForm
from companion.widgets.panel.sweeps import Sweep, shown

GIVEN_APART = ("profile", "seed")  # options of the command line in their own right
STEP = re.compile(r"\| cell (\d+) of (\d+) \|")
STEPS = re.compile(r"(\d+) of (\d+) steps")  # Snakemake's count
SWEPT = re.compile(r": the table of \d+ runs is in ")
TITLES = ("Run", "Earlier runs", "Sweep")


class ParameterPanel(ipywidgets.VBox):
    """A form for a notebook's parameters, buttons that run it, earlier runs, and sweeps.

    Args:
        notebook: its name, such as "06_jacobian_conditioning".
        profile: the profile whose values the form begins with.
        root: the project's root, found unless given.
        folder: a folder of yours that runs go to, with a project of its own; for a package that was installed
            without a checkout.

    Attributes:
        profile: the choice of a profile.
        fields: name of each other parameter -> its field.
        command: the command line of what the form says, or None while a value cannot be read.

    Raises:
        ValueError: for an unknown notebook or profile.
    """

    def __init__(
        self,
        notebook: str,
        *,
        profile: str = "quick",
        root: str | Path | None = None,
        folder: str | Path | None = None,
    ):
        self._root = source_root(root) if folder is None else lay_out(folder)
        self._notebook = notebook
        known = sorted(path.stem for path in (self._root / "notebooks").glob("*.ipynb"))
        if notebook not in known:
            raise ValueError(f"notebook: got {notebook!r}, which is unknown; {hint(notebook, known)}")
        every = all_profiles(self._root).items()
        self._profiles = {name: spec[notebook] for name, spec in every if notebook in (spec or {})}
        if profile not in self._profiles:
            raise ValueError(f"profile: got {profile!r}, expected one of {', '.join(self._profiles)}")
        self._parameters = declared(self._root / "notebooks" / f"{notebook}.ipynb")
        self._filling, self.command = False, None
        tabs = ipywidgets.Tab([self._run_tab(profile), self._history_tab(), self._sweep_tab()], titles=TITLES)
        super().__init__([tabs], layout=WIDE)
        self._fill()
        self.profile.observe(lambda change: self._fill(), "value")
        for field in self.fields.values():
            field.on_change(self._check)
        self._job.take_up(running(self._root, notebook))
        self._sweep_job.take_up(running(self._root, self._sweep_subject))

    def run(self) -> None:
        """Run the notebook by the command line that is shown, unless it is running or a value is bad."""
        if self.command is not None:
            self._job.start(self.command, self._notebook)

    def stop(self) -> None:
        """Interrupt the run; nothing of it is kept."""
        self._job.stop()

    def wait(self) -> None:
        """Return when the run has ended."""
        self._job.wait()

    def _run_tab(self, profile: str) -> ipywidgets.Widget:
        share = shares(self._root, self._notebook)
        self.profile = ipywidgets.Dropdown(options=list(self._profiles), value=profile, description="profile")
        self.profile.style.description_width = NAMES
        own = [p for p in self._parameters.values() if p.name != "profile"]
        self.fields = {p.name: ParameterInput(p, share=share.get(p.name, 0.0)) for p in own}
        self._command, self._cost = CopyLine(layout=WIDE), ipywidgets.HTML(layout=WIDE)
        self._result = ipywidgets.HTML(layout=WIDE)
        self._job = Job(self._root, "Run", step=STEP, done=FINISHED, ended=self._show_claims)
        rows = [self.profile]
        for group, title in GROUPS.items():
            mine = [field for field in self.fields.values() if field.parameter.rule.group == group]
            plain = [field for field in mine if not field.parameter.rule.advanced]
            more = [field for field in mine if field.parameter.rule.advanced]
            if mine and group != "run":
                rows.append(ipywidgets.HTML(f"<h4 style='margin: 0.6em 0 0.2em'>{title}</h4>"))
            rows += plain
            if more:
                count = f"{len(more)} more of {title.lower()}"
                rows.append(ipywidgets.Accordion([ipywidgets.VBox(more)], titles=[count], layout=WIDE))
        said = ipywidgets.HTML("The same on the command line, from the project's folder:")
        return ipywidgets.VBox([*rows, self._cost, said, self._command, self._job, self._result])

    def _history_tab(self) -> ipywidgets.Widget:
        style = {"style": {"description_width": NAMES}, "layout": WIDE}
        self.first = ipywidgets.Dropdown(description="first", **style)
        self.second = ipywidgets.Dropdown(description="second", **style)
        self.compare = ipywidgets.Button(description="Compare", icon="columns")
        self._compared = ipywidgets.HTML()
        self.compare.on_click(lambda button: self._show_compared())
        self._list_runs()
        return ipywidgets.VBox([self.first, self.second, self.compare, self._compared])

    def _sweep_tab(self) -> ipywidgets.Widget:
        claims = [c for c in load_claims(self._root / CLAIMS) if c.notebook == self._notebook and c.measured]
        self.sweep = SweepForm(
            self._root, self._notebook, self._parameters, claims, lambda: self.profile.value
        )
        self._table, self._shown = ipywidgets.HTML(), None
        show = self._show_sweep
        self._sweep_job = Job(self._root, "Run the sweep", step=STEPS, done=SWEPT, ended=show, heard=show)
        self._sweep_job.press = self._start_sweep
        self.sweep.on_change(lambda: self._sweep_job.allow(self.sweep.sweep is not None))
        self._sweep_job.allow(False)
        return ipywidgets.VBox([self.sweep, self._sweep_job, self._table])

    def _fill(self) -> None:
        """Put the profile's values into the form."""
        spec = self._profiles[self.profile.value]
        values = {name: spec.get(name, self._parameters[name].default) for name in self.fields}
        if "seed" in values:
            values["seed"] = spec.get("seeds", [values["seed"]])[0]
        self._expected, self._filling = values, True
        for name, field in self.fields.items():
            field.text = written(values[name])
        self._filling = False
        self._check()
        self.sweep.check()

    def _check(self) -> None:
        """Read the form: the command line and what it will take."""
        if self._filling:
            return
        errors = [field.error for field in self.fields.values() if field.error]
        self.command = None
        if not errors:
            values = {name: field.read() for name, field in self.fields.items()}
            changes = {n: self.fields[n].text for n, value in values.items() if value != self._expected[n]}
            self.command = self._command_line(changes)
            cost = estimate(self._root, self._notebook, self.profile.value, values)
            self._cost.value = f"<div>This run will take {cost}.</div>" if cost else ""
        self._command.text = shlex.join(self.command) if self.command else ""
        self._job.press = self.run
        self._job.allow(self.command is not None)

    def _command_line(self, changes: dict[str, str]) -> list[str]:
        command = [self._python, "workflow/run.py", self._notebook, "--profile", self.profile.value]
        command += ["--seed", changes["seed"]] if "seed" in changes else []
        for name, text in changes.items():
            command += [] if name in GIVEN_APART else ["-p", name, text]
        return command

    @property
    def _python(self) -> str:
        python = Path(sys.executable)
        return str(python.relative_to(self._root) if python.is_relative_to(self._root) else python)

    @property
    def _sweep_subject(self) -> str:
        return f"sweep of {self._notebook}"

    def _show_claims(self, last: str) -> None:
        """Show what a run measured when it has ended well."""
        where = FINISHED.search(last)
        self._result.value = claims_table(self._root, self._root / where[1]) if where else ""
        self._list_runs()

    def _list_runs(self) -> None:
        runs, before = past_runs(self._root, self._notebook), (self.first.value, self.second.value)
        kept = before[0] != before[1] and all(run in runs for run in before)
        latest = (runs[min(1, len(runs) - 1)], runs[0]) if runs else before
        for field, run in zip((self.first, self.second), before if kept else latest, strict=True):
            field.options = [(known.title, known) for known in runs]
            field.value = run
        self.compare.disabled = len(runs) < 2
        few = {0: "No run so far; two can be compared.", 1: "One run so far; two can be compared."}
        self._compared.value = f"<p>{few[len(runs)]}</p>" if len(runs) in few else ""

    def _show_compared(self) -> None:
        try:
            self._compared.value = compared(self._root, self.first.value, self.second.value)
        except (OSError, ValueError) as error:
            self._compared.value = f"<p>{escape(str(error))}</p>"

    def _start_sweep(self) -> None:
        self._shown: Sweep | None = self.sweep.sweep
        if self._shown is not None:
            self._shown.write(self._root)
            command = [self._python, "workflow/sweep.py", self._shown.name, "--cores", "1"]
            self._sweep_job.start(command, self._sweep_subject)

    def _show_sweep(self, line: str) -> None:
        """Draw the table again after each run of the sweep."""
        if self._shown is not None and (": finished" in line or SWEPT.search(line)):
            with contextlib.suppress(OSError, ValueError):
                self._table.value = shown(self._shown, self._shown.done(self._root))
