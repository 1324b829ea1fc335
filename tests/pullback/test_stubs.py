"""The stubs say what the tables of the packages say."""

import pytest
from stubs import LAZY, LIBRARY, stub


@pytest.mark.parametrize("room", LAZY)
def test_a_stub_names_what_its_package_gives(room):
    written = (LIBRARY / room / "__init__.pyi").read_text(encoding="utf-8")
    assert written == stub(LIBRARY / room), "run: python tests/stubs.py"


def test_every_package_that_gathers_names_has_a_stub():
    inits = LIBRARY.rglob("__init__.py")
    gathering = {path.parent for path in inits if "_HOME = {" in path.read_text(encoding="utf-8")}
    assert gathering == {LIBRARY / room for room in LAZY}
