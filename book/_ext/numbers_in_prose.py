"""Numbers in the prose, by MyST's own substitutions: read from runs and never typed.

    The geodesic saves {{ 100 * this_run.sevens.saved }} % here, {{ 100 * recorded.sevens.saved }} % recorded.

`recorded` holds what the `paper` runs kept, over their seeds: it is written as their mean with its 95 %
interval, `.mean` alone without it, `.low` and `.high` are its ends, and `.count` says in how many of the
runs a yes-or-no is yes. `this_run` holds what the run kept whose outputs the page shows, and is written as
a number. Both do arithmetic, seed by seed. `reported["claim-id"]` is what a document reports. On a
chapter's page they are the chapter's own; elsewhere a chapter comes first, by its name without number, as
in `recorded.near_zero_curvature.plain.saved`. `parameters` is a branch of both, and `seconds` a leaf.

What has not been run is written "not run", whatever is done with it; a build never fails for it. That every
name in the prose is kept by some run is checked by the tests.
"""

import json
import operator
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from companion import ledger
from companion.ledger.recorded import read_result
from jinja2 import Environment, StrictUndefined
from runs import first_run
from sphinx.application import Sphinx
from writing import number

FOLDER = "notebooks/"
NOT_RUN = "not run"
SUBSTITUTION = re.compile(r"\{\{[^{}]*\b(?:recorded|this_run)\b[^{}]*\}\}")
OWN = ("seconds", "seed", "profile", "device")  # of a run's fields
Result = dict[str, Any]


class Seeds:
    """One quantity in several runs, or in one; arithmetic goes run by run.

    Arithmetic is over the runs that have both quantities, each with its own.

    Attributes:
        by_run: the run's number -> its value.
    """

    def __init__(self, by_run: dict[int, Any]):
        self.by_run = by_run

    @property
    def values(self) -> list[Any]:
        return list(self.by_run.values())

    @property
    def mean(self) -> float:
        return sum(map(float, self.values)) / len(self.values)

    @property
    def low(self) -> float:
        return ledger.t_interval([float(value) for value in self.values]).low

    @property
    def high(self) -> float:
        return ledger.t_interval([float(value) for value in self.values]).high

    @property
    def count(self) -> str:
        return f"{sum(value == 1 for value in self.values)} of {len(self.values)}"

    def __str__(self) -> str:
        plain = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in self.values)
        if len(self.values) == 1 or not plain:
            return number(self.values[0])
        return f"{number(self.mean)} ({number(self.low)} to {number(self.high)})"

    def __float__(self) -> float:
        return self.mean

    def __format__(self, spec: str) -> str:
        return format(self.mean, spec).replace("-", "−") if spec else str(self)

    def __bool__(self) -> bool:
        return bool(self.mean)


def _elementwise(how: Callable, *, swapped: bool = False) -> Callable[[Seeds, Any], Any]:
    def method(self: Seeds, other: Any) -> Any:
        if isinstance(other, NotRun):
            return other
        others = other.by_run if isinstance(other, Seeds) else dict.fromkeys(self.by_run, other)
        shared = self.by_run.keys() & others.keys()
        if not shared:
            return NotRun()
        pairs = {run: (self.by_run[run], others[run]) for run in self.by_run if run in shared}
        return Seeds({run: how(b, a) if swapped else how(a, b) for run, (a, b) in pairs.items()})

    return method


def _compared(how: Callable) -> Callable[[Seeds, Any], bool]:
    return lambda self, other: other._no() if isinstance(other, NotRun) else how(float(self), float(other))


for _name in ("add", "sub", "mul", "truediv"):
    setattr(Seeds, f"__{_name}__", _elementwise(getattr(operator, _name)))
    setattr(Seeds, f"__r{_name}__", _elementwise(getattr(operator, _name), swapped=True))
for _name in ("lt", "le", "gt", "ge"):
    setattr(Seeds, f"__{_name}__", _compared(getattr(operator, _name)))


class UnknownError(Exception):
    """A sentence depends on a quantity that no run has: neither of its wordings may be written."""


class NotRun:
    """A quantity that no run has, and whatever is made of it."""

    def __getattr__(self, name: str) -> "NotRun":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def _itself(self, *_: Any) -> "NotRun":
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _itself
    __call__ = __getitem__ = _itself

    def _no(self, *_: Any) -> bool:
        raise UnknownError

    __lt__ = __le__ = __gt__ = __ge__ = __bool__ = _no

    def __str__(self) -> str:
        return NOT_RUN

    def __format__(self, spec: str) -> str:
        return NOT_RUN


class Branch:
    """What runs kept under a path; attributes lead to the branches and leaves below."""

    def __init__(self, runs: list[dict[str, Any]], path: str = ""):
        self._runs, self._path = runs, path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        path = f"{self._path}.{name}" if self._path else name
        found = {number: run[path] for number, run in enumerate(self._runs) if path in run}
        if found:
            return Seeds(found)
        below = any(known.startswith(f"{path}.") for run in self._runs for known in run)
        return Branch(self._runs, path) if below else NotRun()


class Reported:
    """What the documents report, by the id of the claim."""

    def __getitem__(self, claim: str) -> Any:
        return ledger.load_claims()[claim].reported


def flat(result: Result) -> dict[str, Any]:
    """Map every path that tables and prose can name to its value in one run."""
    found = {path: entry["value"] for path, entry in result.get("readings", {}).items()}
    found |= {f"parameters.{name}": value for name, value in result.get("parameters", {}).items()}
    return found | {name: result[name] for name in OWN if name in result}


class Chapters:
    """The trees of all chapters, by the chapter's name without its number."""

    def __init__(self, tree: Callable[[str], Branch], notebooks: list[str]):
        self._tree, self._notebooks = tree, {re.sub(r"^\d+[a-z]?_", "", name): name for name in notebooks}

    def __getattr__(self, name: str) -> Branch:
        if name.startswith("_") or name not in self._notebooks:
            raise AttributeError(f"got chapter {name!r}, expected one of {', '.join(self._notebooks)}")
        return self._tree(self._notebooks[name])


def recorded(root: Path, notebook: str) -> Branch:
    """Read the recorded runs of a notebook as a tree."""
    return Branch([flat(result) for result in ledger.recorded_results(root, notebook)])


def this_run(root: Path, profile: str, notebook: str) -> Branch:
    """Read the run as a tree whose outputs the notebook's page shows."""
    run = first_run(root, profile, notebook)
    here = run is not None and (run / "result.json").is_file()
    return Branch([flat(read_result(run / "result.json"))] if here else [])


def _substitute(app: Sphinx, docname: str, source: list[str]) -> None:
    """Give the page that is about to be read its own trees."""
    if "{{" not in source[0]:
        return
    app.env.note_reread()
    root, profile = Path(app.srcdir), app.config.companion_profile
    if docname.startswith(FOLDER):
        notebook = docname.removeprefix(FOLDER)
        trees = {"recorded": recorded(root, notebook), "this_run": this_run(root, profile, notebook)}
    else:
        notebooks = [name.removeprefix(FOLDER) for name in app.env.found_docs if name.startswith(FOLDER)]
        trees = {
            "recorded": Chapters(lambda name: recorded(root, name), notebooks),
            "this_run": Chapters(lambda name: this_run(root, profile, name), notebooks),
        }
    trees["reported"] = Reported()
    app.env.myst_config.substitutions.update(trees)
    if not docname.startswith(FOLDER):
        source[0] = settled(source[0], trees)
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = settled("".join(cell["source"]), trees)
    source[0] = json.dumps(notebook)


def settled(text: str, trees: dict[str, Any]) -> str:
    """Write "not run" for each substitution whose wording depends on what no run has."""
    jinja = Environment(undefined=StrictUndefined)

    def settle(found: re.Match) -> str:
        try:
            jinja.from_string(found[0]).render(trees)
        except UnknownError:
            return NOT_RUN
        except Exception:  # a fault of the text itself, which MyST tells with its place
            return found[0]
        return found[0]

    return SUBSTITUTION.sub(settle, text)


def _forget(app: Sphinx, doctree: Any) -> None:
    """Take the trees out again: the environment is kept on disk, and they are not for it."""
    for name in ("recorded", "this_run", "reported"):
        app.env.myst_config.substitutions.pop(name, None)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", _substitute, priority=600)  # after the executed copy has been put in
    app.connect("doctree-read", _forget)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
