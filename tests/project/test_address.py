"""One setting names the repository, and the notebooks' Colab cells follow it."""

import json
import re
import shutil

import colab_cells
import pytest
from companion.parameters import Parameter, Rule, declared

PLACE = "https://github.com/someone/geometry"


@pytest.fixture
def project(root, tmp_path):
    shutil.copy(root / "_config.yml", tmp_path)
    shutil.copytree(root / "notebooks", tmp_path / "notebooks")
    return tmp_path


def name_address(project, place):
    settings = project / "_config.yml"
    text = re.sub(r"^  url: \S*", f'  url: "{place}"', settings.read_text(), count=1, flags=re.MULTILINE)
    settings.write_text(text)


def contents(project):
    return {path.name: path.read_text(encoding="utf-8") for path in (project / "notebooks").glob("*.ipynb")}


def cells_for_colab(project):
    cells = [json.loads(text)["cells"] for text in contents(project).values()]
    return [[(i, cell) for i, cell in enumerate(found) if cell["id"] == "colab"] for found in cells]


def test_the_committed_notebooks_are_in_line_with_the_setting(project):
    assert colab_cells.write(project) == []


def test_with_an_address_each_notebook_clones_and_installs_both_packages(project):
    name_address(project, PLACE)
    assert len(colab_cells.write(project)) == len(contents(project)) > 0
    for found in cells_for_colab(project):
        [(position, cell)] = found
        assert position == 1
        assert cell["metadata"]["tags"] == ["remove-cell"]
        assert f"git clone -q {PLACE}\n" in cell["source"]
        assert "%cd geometry\n" in cell["source"]
        assert "pip install -q ./lib/pullback . " in cell["source"]
    assert colab_cells.write(project) == []


def test_with_an_address_each_parameter_has_a_form_and_is_read_as_before(project, root):
    name_address(project, PLACE)
    colab_cells.write(project)
    for path in (project / "notebooks").glob("*.ipynb"):
        before, after = declared(root / "notebooks" / path.name), declared(path)
        assert after == before
        source = path.read_text()
        assert source.count("# @param") == source.count("# @markdown") == len(before)


@pytest.mark.parametrize(
    ("hint", "rule", "form"),
    [
        ("bool", {}, '{"type": "boolean"}'),
        ("str", {"choices": ["a", "b"]}, '["a", "b"]'),
        ("str", {"choices": ["a" * 80]}, '{"type": "string"}'),
        ("int", {"low": 1, "high": 9}, '{"type": "slider", "min": 1, "max": 9, "step": 1}'),
        ("int", {"low": 1, "high": 9000}, '{"type": "integer"}'),
        (
            "float",
            {"low": 0, "high": 3, "step": 0.1},
            '{"type": "slider", "min": 0.0, "max": 3.0, "step": 0.1}',
        ),
        ("list[int]", {"low": 1, "high": 9}, '{"type": "raw"}'),
    ],
)
def test_the_kind_of_a_form_follows_from_the_rule(hint, rule, form):
    assert colab_cells.form(Parameter("n", hint, None, "", Rule(**rule))) == form


def test_an_address_that_is_named_and_taken_back_leaves_the_notebooks_as_they_were(project):
    name_address(project, "")
    colab_cells.write(project)
    before = contents(project)
    for place in (PLACE, "https://gitlab.com/else/where", ""):
        name_address(project, place)
        colab_cells.write(project)
    assert contents(project) == before
    assert not any(cells_for_colab(project))


@pytest.mark.parametrize(
    "place", ["http://github.com/a/b", "github.com/a/b", "https://github.com/a", "git@x:a/b"]
)
def test_what_cannot_be_cloned_is_refused_with_one_line(project, place):
    name_address(project, place)
    with pytest.raises(
        ValueError, match=r"^repository\.url: got .*, expected https://HOST/OWNER/NAME, or nothing$"
    ):
        colab_cells.write(project)


def test_no_file_but_the_change_log_has_the_old_name(root):
    old = re.compile("latent[-_]" + "geometry", re.IGNORECASE)
    made = {"_build", "results", "checkpoints", "node_modules", "__pycache__"}
    found = [
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.suffix in (".py", ".md", ".yml", ".toml", ".ipynb", ".cff", ".bib", ".js", ".css", "")
        and path.is_file()
        and not any(part in made or part.startswith(".") for part in path.relative_to(root).parts)
        and old.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == ["CHANGES.md"]
