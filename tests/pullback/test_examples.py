"""Every public name has an example; examples run, print what they say, and are short."""

import doctest
import importlib
import pkgutil

import pullback
import pytest
import torch

MAX_LINES = 5
ROOMS = ["pullback", "pullback.measures", "pullback.graph", "pullback.spsd"]


def examples() -> list[doctest.DocTest]:
    """All docstrings of the library that hold an example."""
    names = ["pullback", *(found.name for found in pkgutil.walk_packages(pullback.__path__, "pullback."))]
    finder = doctest.DocTestFinder()
    found = [test for name in names for test in finder.find(importlib.import_module(name))]
    return [test for test in found if test.examples]


EXAMPLES = examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_an_example_prints_what_it_says(example):
    example.globs = {"torch": torch}
    report: list[str] = []
    result = doctest.DocTestRunner().run(example, out=report.append)
    assert result.failed == 0, "".join(report)


def test_no_example_is_long():
    lines = {e.name: sum(len(part.source.splitlines()) for part in e.examples) for e in EXAMPLES}
    assert {name: n for name, n in lines.items() if n > MAX_LINES} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_has_an_example(room):
    module = importlib.import_module(room)
    assert [name for name in module.__all__ if ">>> " not in (getattr(module, name).__doc__ or "")] == []


def test_the_surfaces_have_an_example():
    names = {example.name for example in EXAMPLES}
    assert {"pullback.surfaces", "pullback.surfaces.problem.Problem"} <= names
