"""The scripts and the style of the widgets are files of the package."""

import re
import subprocess
import sys

from companion.widgets.assets import FOLDER, SCRIPTS, STYLE, script


def test_every_script_is_joined_in_its_order_and_none_is_forgotten():
    assert {path.name for path in SCRIPTS} == {path.name for path in FOLDER.glob("*.js")}
    whole = script()
    places = [whole.index(path.read_text(encoding="utf-8")) for path in SCRIPTS]
    assert places == sorted(places)


def test_the_style_has_a_rule_for_what_is_shown_without_scripts():
    assert re.search(r"\.lg-fallback\b", STYLE.read_text(encoding="utf-8"))


def test_the_book_can_ask_for_the_scripts_without_torch():
    code = "import sys, companion.widgets.assets as a; a.script(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
