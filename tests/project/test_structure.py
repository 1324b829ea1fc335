"""Notebooks are readable sources, and no file of the project knows the machine that it was written on."""

import json
import re
from pathlib import Path

import pytest
from companion.parameters import has_type, written
from units import check_parameters, declared_parameters, make_unit

MAX_CELL_LINES = 25
WORDS_A_LINE = 10
NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
TEXTS = {".bib", ".cff", ".css", ".ipynb", ".js", ".json", ".md", ".py", ".toml", ".txt", ".yml", ""}
MADE = {"_build", "results", "checkpoints", "node_modules", "__pycache__"}
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(work|root|home|Users|mnt|opt)/\w")
REGISTRY = re.compile("|".join(["index-url", "find-links", "trusted-host", "python" + "hosted"]))


def project_files(root):
    for path in root.rglob("*"):
        parts = path.relative_to(root).parts
        hidden = any(part.startswith(".") and part not in (".ci", ".gitignore") for part in parts)
        made = set(parts) & MADE or any(part.endswith(".egg-info") for part in parts)
        if path.is_file() and path.suffix in TEXTS and not hidden and not made and path != Path(__file__):
            yield path


def lines_matching(root, pattern):
    return [
        f"{path.relative_to(root)}:{number}: {line.strip()[:80]}"
        for path in project_files(root)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_holds_a_path_of_a_machine(root):
    assert lines_matching(root, MACHINE_PATH) == []


def test_no_file_chooses_a_package_registry(root):
    assert lines_matching(root, REGISTRY) == []


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return request.param


def cells(path, kind):
    content = json.loads(path.read_text(encoding="utf-8"))
    return [("".join(cell["source"]), cell) for cell in content["cells"] if cell["cell_type"] == kind]


def code_lines(source):
    return [line for line in source.splitlines() if line.strip() and not line.strip().startswith("#")]


def test_a_notebook_is_committed_without_outputs(notebook):
    for _, cell in cells(notebook, "code"):
        assert (cell["outputs"], cell["execution_count"]) == ([], None)
    assert "papermill" not in json.loads(notebook.read_text(encoding="utf-8"))["metadata"]


def test_cells_are_short_and_define_no_classes(notebook):
    for source, _ in cells(notebook, "code"):
        lines = [line for line in source.splitlines() if not line.startswith("# @markdown")]  # forms of Colab
        assert len(lines) <= MAX_CELL_LINES, source
        assert not re.search(r"^\s*class ", source, re.MULTILINE), source


def test_a_notebook_ends_its_run_and_shows_no_folder_of_it(notebook):
    """A bare `run.finish()` at the end of a cell would put the path that it returns on the page."""
    ends = [
        line for source, _ in cells(notebook, "code") for line in source.splitlines() if "run.finish" in line
    ]
    assert ends == ["finished = run.finish()"]


def test_prose_outweighs_code(notebook):
    words = sum(len(source.split()) for source, _ in cells(notebook, "markdown"))
    lines = sum(len(code_lines(source)) for source, _ in cells(notebook, "code"))
    assert words >= WORDS_A_LINE * lines, f"{words} words for {lines} lines of code"


def test_a_notebook_has_one_parameters_cell_with_types_and_comments(notebook):
    tagged = [s for s, cell in cells(notebook, "code") if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1
    for line in code_lines(tagged[0]):
        assert re.fullmatch(r"\w+: [\w\[\], |]+ = .+  # .+", line), line


def test_the_defaults_of_a_notebook_are_the_quick_profile(notebook, root):
    defaults = {name: known.default for name, known in declared_parameters(notebook.stem, root).items()}
    assert defaults == make_unit(notebook.stem, "quick", root=root).parameters


def test_the_defaults_of_a_notebook_have_the_declared_types(notebook, root):
    for known in declared_parameters(notebook.stem, root).values():
        assert has_type(known.default, known.hint), f"{known.name}: {known.hint} = {known.default!r}"


@pytest.mark.parametrize("profile", ["smoke", "quick", "paper"])
def test_every_profile_fits_the_parameters_cell(notebook, profile, root):
    unit = make_unit(notebook.stem, profile, root=root)
    check_parameters(unit, root)
    assert set(unit.parameters) == set(declared_parameters(notebook.stem, root))


@pytest.mark.parametrize("profile", ["smoke", "quick", "paper"])
def test_a_value_that_is_written_is_read_as_the_same_value(notebook, profile, root):
    known = declared_parameters(notebook.stem, root)
    for name, value in make_unit(notebook.stem, profile, root=root).parameters.items():
        assert known[name].read(written(value)) == value
