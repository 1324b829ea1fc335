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


def test_the_conda_environment_asks_for_the_same_python(root, project):
    environment = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == project["name"]
    assert environment["dependencies"][0] == f"python{project['requires-python']}"


def test_the_conda_environment_installs_exactly_the_project(root, project):
    environment = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))
    assert environment["dependencies"][1:] == ["pip", {"pip": [f"-e .[{','.join(EXTRAS)}]"]}]
    assert set(EXTRAS) <= set(project["optional-dependencies"])


def test_the_makefile_installs_the_same_extras(root):
    assert f'-e ".[{",".join(EXTRAS)}]"' in (root / "Makefile").read_text(encoding="utf-8")


def test_every_constraint_is_one_exact_public_version(pins):
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][\w.!]*", line)] == []
    names = [canonicalize_name(line.split("==")[0]) for line in pins]
    assert len(names) == len(set(names))


def test_every_requirement_is_pinned_to_a_version_that_it_allows(project, pins):
    pinned = {
        canonicalize_name(name): Version(version) for name, version in (line.split("==") for line in pins)
    }
    required = [
        *project["dependencies"],
        *(r for extra in EXTRAS for r in project["optional-dependencies"][extra]),
    ]
    for requirement in map(Requirement, required):
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_the_citation_names_the_five_documents_and_the_version(root, project):
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    first_authors = [reference["authors"][0]["family-names"] for reference in citation["references"]]
    assert first_authors == ["Shao", "Arvanitidis", "Shukla", "Ramirez", "Shrivastava"]
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
