"""How a notebook begins its record: the run it is, by notebook, profile, parameters and seed."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from companion.ledger.runs.results import Run
from companion.parameters import declared
from companion.profiles import plain
from companion.project_paths import notebook_names, results_root, source_root
from companion.suggestions import hint

RUN_DIRECTORY = "COMPANION_RUN_DIR"


def start(
    notebook: str,
    parameters: Mapping[str, Any],
    *,
    profile: str | None = None,
    seed: int | None = None,
    root: str | Path | None = None,
) -> "Run":
    """Start the record of one run.

    Args:
        notebook: its name, such as "02_near_zero_curvature".
        parameters: everything in its parameters cell; `profile` and `seed` may be among them. A notebook
            may hand over its `globals()`, of which the names in its parameters cell are taken.
        profile: name of the profile, taken from `parameters` unless given.
        seed: seed of the run, taken from `parameters` unless given.
        root: folder that holds claims, profiles and results; that of `paths` unless given.

    Returns:
        the run. Where the parameters are not those of the profile, its profile is "custom".

    Raises:
        ValueError: when the notebook or the profile is unknown, or profile or seed is missing.
    """
    source = source_root(root)
    if "__name__" in parameters:
        path = source / "notebooks" / f"{notebook}.ipynb"
        parameters = {name: parameters[name] for name in (declared(path) if path.is_file() else ())}
    parameters = {str(name): plain(value) for name, value in parameters.items()}
    profile = parameters.get("profile") if profile is None else profile
    seed = parameters.get("seed") if seed is None else seed
    known = notebook_names(source)
    if notebook not in known:
        raise ValueError(f"notebook: got {notebook!r}, which is unknown; {hint(str(notebook), known)}")
    if not isinstance(profile, str):
        raise ValueError(f"profile: got {profile!r}, expected the name of a profile of workflow/profiles.yml")
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise ValueError(f"seed: got {seed!r}, expected a whole number")
    run = Run(notebook, parameters, profile=profile, seed=seed, source=source)
    given = os.environ.get(RUN_DIRECTORY)
    run.directory = Path(given) if given else results_root(root) / run.profile / notebook / run.name
    return run
