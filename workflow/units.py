"""Units of work: one notebook, a set of parameters, one seed; what it is given, where it leaves its results.

A unit's key is a digest of everything its results depend on: the notebook, the library files behind it, the
parameters, and the versions of the packages that compute. Equal key, equal results.
"""

import hashlib
import importlib.metadata
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from companion.parameters import Parameter, declared, has_type
from companion.profiles import all_profiles, run_name
from companion.suggestions import hint
from dependencies import notebook_dependencies

ROOT = Path(__file__).resolve().parents[1]
COMPUTING_PACKAGES = ("torch", "numpy", "scipy", "scikit-learn", "pyriemann", "matplotlib")


class UsageError(ValueError):
    """A name or a value that the caller got wrong; the message is one line with the remedy."""


@dataclass(frozen=True)
class Unit:
    """One run of one notebook.

    Attributes:
        notebook: name of the notebook, without folder and suffix.
        profile: name of the profile that the parameters come from.
        parameters: everything that is injected, `profile` and `seed` included.
        changed: names of the parameters that differ from the profile.
        sweep: name of the sweep that the unit belongs to, if any.
    """

    notebook: str
    profile: str
    parameters: dict[str, Any]
    changed: tuple[str, ...] = ()
    sweep: str | None = None

    @property
    def name(self) -> str:
        """`seed-0`, followed by the parameters that are not the profile's."""
        return run_name(self.parameters, self.changed)

    @property
    def directory(self) -> Path:
        """Folder of the results, relative to the root; under `custom` if a parameter is not the profile's."""
        if self.sweep:
            return Path("results") / "sweeps" / self.sweep / self.name
        return Path("results") / ("custom" if self.changed else self.profile) / self.notebook / self.name

    @property
    def source(self) -> Path:
        """Path of the notebook, relative to the root."""
        return Path("notebooks") / f"{self.notebook}.ipynb"

    def __str__(self) -> str:
        return f"{self.notebook} {self.profile} {self.name}"

    def inputs(self, root: Path = ROOT) -> list[Path]:
        """Files whose content the results depend on, relative to the root."""
        return [self.source, *notebook_dependencies(root, self.notebook)]

    def key(self, root: Path = ROOT) -> str:
        """Digest of everything the results depend on."""
        content = {
            "files": {str(p): hashlib.sha256((root / p).read_bytes()).hexdigest() for p in self.inputs(root)},
            "parameters": self.parameters,
            "versions": versions(),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that compute; a package that is absent counts as such."""
    found = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for package in COMPUTING_PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "absent"
    return found


def unknown(kind: str, seen: str, known: list[str], where: str) -> UsageError:
    """Say that a name is unknown, what was meant perhaps, and where the known ones are."""
    return UsageError(f"{kind}: got {seen!r}, which {where} does not have; {hint(seen, known)}")


def load_profile(profile: str, root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Read one profile: notebook -> its parameters and `seeds`."""
    profiles = all_profiles(root)
    if profile not in profiles:
        raise unknown("profile", profile, list(profiles), "workflow/profiles.yml")
    return profiles[profile]


def profile_units(profile: str, root: Path = ROOT) -> list[Unit]:
    """List the units of a profile, every notebook with each of its seeds; the notebooks must exist."""
    return [
        make_unit(notebook, profile, seed=seed, root=root)
        for notebook, spec in load_profile(profile, root).items()
        for seed in spec["seeds"]
    ]


def make_unit(
    notebook: str,
    profile: str,
    *,
    seed: int | None = None,
    changes: dict[str, Any] | None = None,
    root: Path = ROOT,
) -> Unit:
    """Put a unit together from a profile and changes to it.

    Args:
        notebook: name of the notebook; a path or the suffix is accepted.
        profile: name of the profile.
        seed: the profile's first seed unless given.
        changes: parameters that differ from the profile's.
        root: the project's root.

    Raises:
        UsageError: when the notebook or the profile is unknown.
    """
    notebook = Path(notebook).name.removesuffix(".ipynb")
    known = sorted(path.stem for path in (root / "notebooks").glob("*.ipynb"))
    if notebook not in known:
        raise unknown("notebook", notebook, known, "notebooks/")
    spec = dict(load_profile(profile, root).get(notebook, {}))
    seeds = spec.pop("seeds", [0])
    base = {"profile": profile, "seed": seeds[0] if seed is None else seed, **spec}
    parameters = {**base, **(changes or {})}
    changed = sorted(name for name, value in parameters.items() if name not in base or base[name] != value)
    return Unit(notebook, profile, parameters, tuple(changed))


def declared_parameters(notebook: str, root: Path = ROOT) -> dict[str, Parameter]:
    """Read a notebook's parameters cell."""
    return declared(root / "notebooks" / f"{notebook}.ipynb")


def check_parameters(unit: Unit, root: Path = ROOT) -> None:
    """Compare a unit's parameters with those that its notebook declares.

    Raises:
        UsageError: when a name is not declared, or a value has another type than the declared one or is not
            allowed by the rules of `notebooks/parameters.yml`.
    """
    known = declared_parameters(unit.notebook, root)
    where = f"the parameters cell of {unit.source}"
    for name, value in unit.parameters.items():
        if name not in known:
            raise unknown("parameter", name, list(known), where)
        expected = known[name].hint
        if not has_type(value, expected):
            raise UsageError(
                f"{name}: got {value!r} of type {type(value).__name__}, expected {expected}, by {where}"
            )
        try:
            known[name].rule.check(name, value)
        except ValueError as error:
            raise UsageError(f"{error}, by notebooks/parameters.yml") from None


def read_value(name: str, text: str, notebook: str, root: Path = ROOT) -> Any:
    """Read a parameter's value from the command line in the type that the notebook declares.

    Raises:
        UsageError: when the name is not declared or the text is no such value.
    """
    known = declared_parameters(notebook, root)
    where = f"the parameters cell of notebooks/{notebook}.ipynb"
    if name not in known:
        raise unknown("parameter", name, list(known), where)
    try:
        return known[name].read(text)
    except ValueError as error:
        raise UsageError(f"{error}, by {where}") from None
