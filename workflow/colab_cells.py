"""Give the notebooks what they need on Colab, or take it away: a cell that installs the project, and forms.

They have both where `repository.url` of `_config.yml` names the address that Colab is to clone, and neither
where it is empty. A form is a comment, `# @param`, behind a parameter, made of the rules for its values.
"""

import json
import re
import sys
from pathlib import Path

import yaml
from companion.parameters import Parameter, declared

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = re.compile(r"https://[\w.-]+/[\w.-]+/(?P<name>[\w.-]+?)")
IDENTITY = "colab"
MENU = 70  # characters of the choices that a line has room for
SLIDER = 200  # steps of a slider that a hand can still set
SOURCE = """if "google.colab" in str(get_ipython()):  # elsewhere the project is installed already
    !git clone -q {address}
    %cd {name}
    !pip install -q ./lib/pullback . myst-nb anywidget"""


def repository(root: Path) -> str:
    """Read the repository's address, "" where none is named.

    Raises:
        ValueError: when it is no address that can be cloned.
    """
    settings = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    address = settings.get("repository", {}).get("url") or ""
    if address and not ADDRESS.fullmatch(address):
        raise ValueError(f"repository.url: got {address!r}, expected https://HOST/OWNER/NAME, or nothing")
    return address


def cell(address: str) -> dict:
    """Make the cell that clones an address and installs both packages from it."""
    source = SOURCE.format(address=address, name=ADDRESS.fullmatch(address)["name"])
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": IDENTITY,
        "metadata": {"tags": ["remove-cell"]},
        "outputs": [],
        "source": source,
    }


def with_forms(source: str, parameters: dict[str, Parameter]) -> str:
    """Give each line of a parameters cell its form; a line that has one keeps none of the old."""
    return "\n".join(
        f"# @markdown **{name}**: {parameters[name].help}\n{assignment}  # @param {form(parameters[name])}"
        if (name := line.partition(":")[0]) in parameters and (assignment := _assignment(line))
        else line
        for line in without_forms(source, parameters).split("\n")
    )


def without_forms(source: str, parameters: dict[str, Parameter]) -> str:
    """Take the forms of a parameters cell away; its lines have their words behind them again."""
    return "\n".join(
        f"{_assignment(line)}  # {parameters[line.partition(':')[0]].help}" if "# @param" in line else line
        for line in source.split("\n")
        if not line.startswith("# @markdown")
    )


def form(parameter: Parameter) -> str:
    """Write what Colab is to show for a parameter: a menu, a slider, a box to tick, or a field."""
    rule, kinds = parameter.rule, {"bool": "boolean", "int": "integer", "float": "number", "str": "string"}
    menu = json.dumps(rule.choices)
    if rule.choices and parameter.hint == "str" and len(menu) <= MENU:
        return menu
    kind = {"int": int, "float": float}.get(parameter.hint)
    if kind is not None and rule.low is not None and rule.high is not None:
        low, high, step = kind(rule.low), kind(rule.high), kind(rule.step or 1)
        if high - low <= SLIDER * step:
            return json.dumps({"type": "slider", "min": low, "max": high, "step": step})
    return json.dumps({"type": kinds.get(parameter.hint, "raw")})


def _assignment(line: str) -> str:
    """The line without its comment; no value of a parameter has two spaces and a hash."""
    return line.partition("  # ")[0]


def write(root: Path) -> list[str]:
    """Bring the notebooks in line with the address, and name those that have changed."""
    address, changed = repository(root), []
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        notebook = json.loads(text)
        cells = [found for found in notebook["cells"] if found["id"] != IDENTITY]
        known = declared(path)
        for found in (c for c in cells if "parameters" in c["metadata"].get("tags", [])):
            made = (with_forms if address else without_forms)("".join(found["source"]), known)
            whole = isinstance(found["source"], str)
            found["source"] = made if whole else made.splitlines(keepends=True)
        if address:  # after the title, before anything that runs
            cells.insert(1, cell(address))
        written = json.dumps({**notebook, "cells": cells}, indent=1, ensure_ascii=False) + "\n"
        if written != text:
            path.write_text(written, encoding="utf-8")
            changed.append(path.name)
    return changed


def main() -> int:
    try:
        changed = write(ROOT)
    except ValueError as error:
        print(f"address | {error}", file=sys.stderr)
        return 1
    print(f"address | {len(changed)} notebooks changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
