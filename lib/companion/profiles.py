"""What a profile asks of a notebook, how a run deviates from it, and what the run is called."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from companion.parameters import declared
from companion.suggestions import hint

NEVER_A_DEVIATION = ("profile", "seed", "device")
LONGEST_NAME = 80
"""Characters of the changed parameters in a folder's name; longer ones are digested."""


def all_profiles(root: Path) -> dict[str, dict[str, Any]]:
    """Read `workflow/profiles.yml`: profile -> notebook -> its parameters and `seeds`.

    Raises:
        ValueError: when the file is missing.
    """
    path = root / "workflow" / "profiles.yml"
    if not path.is_file():
        raise ValueError(f"profiles: got no {path}, expected the file that defines them")
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def profile_spec(root: Path, profile: str, notebook: str) -> dict[str, Any] | None:
    """Read what `workflow/profiles.yml` gives a notebook in a profile: parameters and `seeds`.

    Args:
        root: the project's root.
        profile: name of the profile.
        notebook: name of the notebook.

    Returns:
        the entry, or None when the profile does not name the notebook.

    Raises:
        ValueError: when the file is missing or the profile is unknown.
    """
    profiles = all_profiles(root)
    if profile not in profiles:
        raise ValueError(
            f"profile: got {profile!r}, which workflow/profiles.yml does not have; {hint(profile, profiles)}"
        )
    spec = (profiles[profile] or {}).get(notebook)
    return None if spec is None else dict(spec)


def deviations(root: Path, profile: str, notebook: str, parameters: dict[str, Any]) -> dict[str, list[Any]]:
    """List how a run's parameters differ from its profile's: name -> [the profile's value, the run's].

    A parameter that the profile does not set is expected to have the default of the notebook's own cell.

    Args:
        root: the project's root.
        profile: name of the profile.
        notebook: name of the notebook.
        parameters: the run's parameters.
    """
    spec = profile_spec(root, profile, notebook)
    if spec is None:
        return {"notebook": [f"not in profile {profile}", notebook]}
    spec.pop("seeds", None)
    path = root / "notebooks" / f"{notebook}.ipynb"
    cell = declared(path) if path.is_file() else {}
    expected = {name: parameter.default for name, parameter in cell.items()} | spec
    names = sorted((set(expected) & set(parameters)) | set(spec))
    return {
        name: [expected[name], parameters.get(name)]
        for name in names
        if name not in NEVER_A_DEVIATION and plain(expected[name]) != plain(parameters.get(name))
    }


def plain(value: Any) -> Any:
    """Turn tuples, arrays and numbers of NumPy or torch into what JSON has; equal values compare equal."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return str(value)


def run_name(parameters: Mapping[str, Any], changed: Iterable[str]) -> str:
    """Name a run: `seed-0`, followed by the parameters that are not the profile's.

    Args:
        parameters: of the run, `seed` among them.
        changed: names of those that differ from the profile.
    """
    values = {name: re.sub(r"[^\w.+-]+", "-", str(parameters.get(name))) for name in changed}
    readable = "".join(f"_{name}-{value.strip('-')}" for name, value in values.items())
    if len(readable) > LONGEST_NAME:
        exact = json.dumps(plain(parameters), sort_keys=True)
        readable = "_" + hashlib.sha256(exact.encode()).hexdigest()[:12]
    return f"seed-{parameters['seed']}{readable}"
