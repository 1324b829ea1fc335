"""An edit in the library re-runs exactly the notebooks that depend on it: the dependencies are found."""

from pathlib import Path

import pytest
from dependencies import notebook_dependencies
from tiny_project import make_project, write_notebook


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


def depends_on(project: Path, source: str) -> set[str]:
    write_notebook(project, "probe", 1, "nearness", last=source)
    path = project / "notebooks" / "probe.ipynb"
    path.write_text(path.read_text().replace("from companion import nearness", "pass"))
    return {p.name for p in notebook_dependencies(project, "probe")}


def test_a_lazy_name_leads_to_its_home_and_to_what_that_imports(project):
    names = [p.as_posix() for p in notebook_dependencies(project, "01_near")]
    assert names == [f"lib/companion/{name}.py" for name in ("__init__", "near", "shared")]


@pytest.mark.parametrize(
    ("source", "files"),
    [
        ("x = 1", set()),
        ("import companion", {"__init__.py"}),
        ("import companion as lg\nlg.distance(1)", {"__init__.py", "far.py", "shared.py"}),
        (
            "import companion.alone\ncompanion.near",
            {"__init__.py", "alone.py", "near.py", "shared.py"},
        ),
        ("from companion import alone", {"__init__.py", "alone.py"}),
        ("from companion.shared import unit as u", {"__init__.py", "shared.py"}),
        ("from companion import *", {"__init__.py", "near.py", "far.py", "shared.py"}),
        ("def f():\n    from companion import alone", {"__init__.py", "alone.py"}),
        ("import importlib\nimportlib.import_module('companion.alone')", {"__init__.py", "alone.py"}),
        ("%matplotlib inline\n!ls\nimport companion.alone", {"__init__.py", "alone.py"}),
        ("%%bash\nls -l | wc", set()),
        ("if 1:\n    !ls\n    %cd folder\nimport companion.alone", {"__init__.py", "alone.py"}),
        ("x = (7\n    % 2)\nimport companion.alone", {"__init__.py", "alone.py"}),
    ],
)
def test_each_way_to_import_is_followed(project, source, files):
    assert depends_on(project, source) == files


def test_data_of_the_project_that_a_notebook_names_are_followed(project):
    (project / "book").mkdir(exist_ok=True)
    (project / "book" / "rows.jsonl").write_text("{}")
    assert depends_on(project, 'open("book/rows.jsonl"), open("book/absent.jsonl"), "book/word"') == {
        "rows.jsonl"
    }


def test_subpackages_relative_imports_and_package_data_are_followed(project):
    inner = project / "lib" / "companion" / "inner"
    inner.mkdir()
    (inner / "__init__.py").write_text("")
    (inner / "a.py").write_text("from ..alone import nothing\nfrom . import b\n")
    (inner / "b.py").write_text("STYLE = 'inner.mplstyle'\n")
    (project / "lib" / "companion" / "inner.mplstyle").write_text("")
    expected = {"__init__.py", "a.py", "b.py", "alone.py", "inner.mplstyle"}
    assert depends_on(project, "from companion.inner import a") == expected


def test_every_real_notebook_has_dependencies_that_exist(root):
    for path in (root / "notebooks").glob("*.ipynb"):
        found = notebook_dependencies(root, path.stem)
        assert found
        assert all((root / p).is_file() for p in found)
