"""Every labelled equation is defined once, and what the library cites is checked by a test."""

import sys
from pathlib import Path

import pytest

EXPECTED = """
eq-pullback-metric eq-expected-metric eq-conformal-metric eq-volume eq-curve-length eq-curve-energy
eq-discrete-energy eq-gauss-newton eq-christoffel eq-geodesic-equation eq-exp eq-log eq-riemann eq-ricci
eq-scalar eq-sectional eq-gaussian-curvature eq-second-fundamental-form eq-gauss-equation
eq-mean-curvature eq-parallel-transport eq-holonomy eq-jacobi eq-frechet-mean eq-kmeans eq-land
eq-brownian eq-pga eq-shao-gradient eq-shao-encoder-step eq-shao-transport eq-shao-shooting
eq-fixed-point eq-length-ratio eq-elbo
"""


@pytest.fixture
def sources(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(root / "book" / "_ext"))
    import equation_sources

    yield equation_sources
    sys.modules.pop("equation_sources")


def test_the_notation_page_defines_every_equation_once(sources, root):
    labels = sources.defined(root)
    assert len(labels) == len(set(labels))
    assert set(EXPECTED.split()) <= set(labels)


def test_every_equation_that_the_library_cites_is_defined(sources, root):
    defined = set(sources.defined(root))
    undefined = {label: name for label, name in sources.cited_in_library(root) if label not in defined}
    assert not undefined


def test_every_equation_that_a_test_cites_is_defined(sources, root):
    known = {*sources.defined(root), "eq-of-nothing"}
    undefined = {label: test for label, test in sources.cited_in_tests(root) if label not in known}
    assert not undefined


def test_every_equation_that_the_library_computes_is_checked_by_a_test(sources, root):
    equations = sources.ledger(root).values()
    unchecked = {each.label: each.functions for each in equations if each.functions and not each.tests}
    assert not unchecked


def test_a_label_in_a_docstring_is_found_with_its_function(sources, tmp_path):
    library = tmp_path / "lib" / "companion"
    library.mkdir(parents=True)
    (library / "shapes.py").write_text('def area(x):\n    """Measure (`eq-of-nothing`)."""\n')
    assert list(sources.cited_in_library(tmp_path)) == [("eq-of-nothing", "companion.shapes.area")]
