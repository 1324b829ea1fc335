"""The changes that the mutation check makes: small, certain to parse, and the same each time."""

import ast

import mutants
import pytest
import yaml
from mutation_operators import mutants_of

SOURCE = '''
"""Not here: 1 + 1."""
LIMIT = 1 - 1


def f(metric, z0, z1, n=3):
    """Nor here: a - b."""
    if n < 1:
        raise ValueError(f"n: got {n - 1}, expected {n + 1}")
    step = (z1 - z0) / n
    return einsum("...ij,...j->...i", metric.mT, step[1:-1]) ** 2 if n <= 4 else -step.sqrt()
'''


def changes() -> set[tuple[str, str, str]]:
    return {(m.kind, m.before, m.after) for m in mutants_of("m", SOURCE)}


@pytest.mark.parametrize(
    "change",
    [
        ("sign", "-", "+"),
        ("sign", "-", ""),
        ("factor", "/", "*"),
        ("power", "2", "3"),
        ("comparison", "<=", "<"),
        ("end point", "z0", "z1"),
        ("end point", "1", "0"),
        ("end point", "-1", "None"),
        ("einsum", '"...ij,...j->...i"', '"...ji,...j->...i"'),
        ("transpose", ".mT", ""),
        ("dropped call", ".sqrt()", ""),
    ],
    ids=str,
)
def test_each_kind_of_mistake_is_made(change):
    assert change in changes()


def test_messages_docstrings_defaults_and_module_constants_are_left_alone():
    lines = SOURCE.splitlines()
    for mutant in mutants_of("m", SOURCE):
        assert "return" in lines[mutant.line - 1] or "step =" in lines[mutant.line - 1], mutant


@pytest.mark.parametrize("module", sorted(mutants.targets()))
def test_the_mutants_of_the_geometry_parse_and_differ(module):
    source = (mutants.LIBRARY / f"{module}.py").read_text()
    original = ast.dump(ast.parse(source))
    found = mutants.sample(module, 12, 0)
    assert found
    for mutant in found:
        changed = mutant.apply(source)
        assert ast.dump(ast.parse(changed)) != original, mutant


def test_the_sample_is_the_same_each_time_and_large_enough():
    drawn = [mutants.sample(module, 2, 0) for module in mutants.targets()]
    assert drawn == [mutants.sample(module, 2, 0) for module in mutants.targets()]
    assert sum(map(len, drawn)) >= 30


def test_every_explanation_is_of_a_mutant_that_exists(root):
    explained = yaml.safe_load((root / "tests" / "mutants_explained.yml").read_text()) or {}
    keys = {
        m.key
        for module in mutants.targets()
        for m in mutants_of(module, (mutants.LIBRARY / f"{module}.py").read_text())
    }
    assert [key for key in explained if key.split(" #")[0] not in keys] == []
