"""Give the notebooks the cell that installs the project on Colab, or take it away.

They have one where `repository.url` of `_config.yml` names the address that Colab is to clone, and none where
it is empty.
"""

import json
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = re.compile(r"https://[\w.-]+/[\w.-]+/(?P<name>[\w.-]+?)")
IDENTITY = "colab"
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


def write(root: Path) -> list[str]:
    """Bring the notebooks in line with the address, and name those that have changed."""
    address, changed = repository(root), []
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        notebook = json.loads(text)
        cells = [found for found in notebook["cells"] if found["id"] != IDENTITY]
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
