"""Show the executed copy of a notebook on its page, while address and launch buttons keep the clean source.

The notebooks in `notebooks/` have no outputs. When Sphinx reads one, its text is replaced by that of
`results/PROFILE/NOTEBOOK/RUN/NOTEBOOK.ipynb`, the first finished run of the profile. A page whose notebook
has not been run says so at its top.
"""

import json
import re
from pathlib import Path

from runs import first_run, profile
from sphinx.application import Sphinx

FOLDER = "notebooks/"
REFERENCE = re.compile(r"\{(?:numref|glue:?[a-z]*)\}`[^`]*`")  # to figures and numbers among the outputs


def replace(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace the text of a notebook by that of its executed copy."""
    if not docname.startswith(FOLDER):
        return
    name = docname.removeprefix(FOLDER)
    app.env.note_reread()
    run = first_run(Path(app.srcdir), app.config.companion_profile, name)
    if run is not None:
        source[0] = (run / f"{name}.ipynb").read_text(encoding="utf-8")
    elif not _has_outputs(json.loads(source[0])):
        source[0] = json.dumps(_with_note(json.loads(source[0]), app.config.companion_profile))


def _has_outputs(notebook: dict) -> bool:
    return any(cell.get("outputs") for cell in notebook["cells"])


def _with_note(notebook: dict, profile_name: str) -> dict:
    """Put a note under the title; a page without its results must not look like one that has none."""
    text = (
        ":::{admonition} This chapter has not been run\n:class: warning not-run\n"
        f"No finished run of the profile `{profile_name}` was found when the book was built, so the page "
        f"shows the text and the code without results. `make book PROFILE={profile_name}` runs it.\n:::\n"
    )
    note = {"cell_type": "markdown", "metadata": {}, "source": text}
    if notebook.get("nbformat_minor", 0) >= 5:
        note["id"] = "not-run"
    cells = [_without_results(cell) for cell in notebook["cells"]]
    return {**notebook, "cells": [*cells[:1], note, *cells[1:]]}


def _without_results(cell: dict) -> dict:
    """Take out what refers to outputs that are not there: figures by number, and numbers by name."""
    if cell["cell_type"] != "markdown":
        return cell
    text = "".join(cell["source"])
    return {**cell, "source": REFERENCE.sub("*(not run)*", text)}


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("companion_profile", profile(), "env", [str])
    app.connect("source-read", replace)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
