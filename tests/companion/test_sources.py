"""Which files of the library stand behind a piece of source."""

import pytest
from companion.sources import files_behind, modules_behind

FILES = {
    "pullback/__init__.py": '_HOME = {"metrics.base": "Metric", "curves": "curve"}\n',
    "pullback/metrics/__init__.py": "",
    "pullback/metrics/base.py": "import torch\nfrom pullback.checks import check\n\nclass Metric: ...\n",
    "pullback/checks.py": "def check(): ...\n",
    "pullback/curves.py": "from pullback.metrics import base\n",
    "companion/__init__.py": "",
    "companion/model.py": "from pullback import Metric\n",
    "companion/style.py": 'NAME = "page.css"\n',
    "companion/page.css": "",
    "companion/build.py": '_FAMILY = {"companion.model": ("a-model",)}\n',
}


@pytest.fixture
def library(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def named(paths, library):
    return {path.relative_to(library).as_posix() for path in paths}


METRIC = {
    "pullback/__init__.py",
    "pullback/metrics/__init__.py",
    "pullback/metrics/base.py",
    "pullback/checks.py",
}
MODEL = {*METRIC, "companion/__init__.py", "companion/model.py"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import torch", set()),
        ("from pullback import Metric", METRIC),
        ("import pullback\npullback.curve", {*METRIC, "pullback/curves.py"}),
        ("from companion.model import anything", MODEL),
        ("from companion import build", {*MODEL, "companion/build.py"}),
        ("import companion.style", {"companion/__init__.py", "companion/style.py", "companion/page.css"}),
    ],
    ids=["nothing", "lazy name", "attribute", "across packages", "named in a string", "package data"],
)
def test_a_source_is_followed_to_all_that_it_loads(library, source, expected):
    assert named(files_behind(source, library), library) == expected


def test_a_module_depends_on_modules_and_not_on_what_gathers_names(library):
    found = named(modules_behind("companion.model", library), library)
    assert found == {"companion/model.py", "pullback/metrics/base.py", "pullback/checks.py"}
    assert named(modules_behind("companion.model", library, deep=False), library) == {"companion/model.py"}
    assert named(modules_behind("companion.style", library), library) == {"companion/style.py"}
