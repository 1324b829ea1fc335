"""Every notebook runs, with little of everything, and becomes a page."""

import json

import pytest
from units import profile_units

pytestmark = pytest.mark.slow


def test_every_notebook_runs_with_the_smoke_profile_and_has_its_page(built_book, root):
    for unit in profile_units("smoke"):
        receipt = json.loads((root / unit.directory / "receipt.json").read_text())
        assert receipt["key"] == unit.key()
        assert (root / unit.directory / "result.json").is_file()
        assert (built_book / "notebooks" / f"{unit.notebook}.html").is_file()


def test_no_executed_notebook_holds_an_error_or_a_path_of_this_machine(built_book, root):
    for unit in profile_units("smoke"):
        text = (root / unit.directory / f"{unit.notebook}.ipynb").read_text()
        outputs = [o for cell in json.loads(text)["cells"] for o in cell.get("outputs", [])]
        assert not [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
        assert str(root) not in json.dumps(outputs)
