"""The two ways to install, and the pins, say the same as pyproject.toml."""

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

EXTRAS = ("book", "test")


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def pins(root):
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def library(root):
    return tomllib.loads((root / "lib" / "pullback" / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_conda_environment_asks_for_the_same_python(root, project, library):
    environment = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == "companion"
    assert project["requires-python"] == library["project"]["requires-python"]
    assert environment["dependencies"][0] == f"python{project['requires-python']}"


def test_the_conda_environment_installs_exactly_the_project(root, project):
    environment = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))
    assert environment["dependencies"][1:] == [
        "pip",
        {"pip": ["-e lib/pullback", f"-e .[{','.join(EXTRAS)}]"]},
    ]
    assert set(EXTRAS) <= set(project["optional-dependencies"])


def test_the_makefile_installs_the_same_extras(root):
    assert f'-e lib/pullback -e ".[{",".join(EXTRAS)}]"' in (root / "Makefile").read_text(encoding="utf-8")


def test_every_constraint_is_one_exact_public_version(pins):
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][\w.!]*", line)] == []
    names = [canonicalize_name(line.split("==")[0]) for line in pins]
    assert len(names) == len(set(names))


def test_every_requirement_is_pinned_to_a_version_that_it_allows(project, library, pins):
    pinned = {
        canonicalize_name(name): Version(version) for name, version in (line.split("==") for line in pins)
    }
    extras = library["project"]["optional-dependencies"].values()
    required = [
        *library["project"]["dependencies"],
        *(requirement for extra in extras for requirement in extra),
        *(requirement for requirement in project["dependencies"] if not requirement.startswith("pullback")),
        *(r for extra in EXTRAS for r in project["optional-dependencies"][extra]),
    ]
    for requirement in map(Requirement, required):
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_the_book_asks_for_the_library_of_this_repository_with_all_that_it_uses(project, library):
    [asked] = [Requirement(r) for r in project["dependencies"] if r.startswith("pullback")]
    assert str(asked.specifier) == f"=={library['project']['version']}"
    assert asked.extras == set(library["project"]["optional-dependencies"])


def test_the_library_lists_each_of_its_folders(root, library):
    folder = root / "lib" / "pullback"
    packages = {
        ".".join(path.parent.relative_to(folder.parent).parts) for path in folder.rglob("__init__.py")
    }
    assert set(library["tool"]["setuptools"]["packages"]) == packages


def test_the_library_needs_torch_numpy_and_scipy_alone(library):
    assert {Requirement(r).name for r in library["project"]["dependencies"]} == {"torch", "numpy", "scipy"}


def test_the_citation_names_the_five_documents_and_the_version(root, project):
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    first_authors = [reference["authors"][0]["family-names"] for reference in citation["references"]]
    assert first_authors == ["Shao", "Arvanitidis", "Shukla", "Ramirez", "Shrivastava"]
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
