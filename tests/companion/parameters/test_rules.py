"""Rules for the values of parameters: what they let pass, what they refuse and how, and the file of them."""

import pytest
from companion import datasets
from companion.parameters import Rule
from companion.parameters.rules import FILE, read_rules, rules_of


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ({"low": 1, "high": 10}, 1),
        ({"low": 1, "high": 10}, [1, 10.0, 5]),
        ({"low": 1, "high": 10, "zero": "all"}, 0),
        ({"choices": ["a", "b"]}, ["a", "b", "a"]),
        ({"keys": ["a"], "low": 1}, {"a": 3}),
        ({"pattern": "[a-z]+:\\d+"}, ["vae:2"]),
        ({}, object()),
    ],
)
def test_a_good_value_passes(rule, value):
    Rule(**rule).check("n", value)


@pytest.mark.parametrize(
    ("rule", "value", "message"),
    [
        ({"low": 1, "high": 10}, 0, "n: got 0, expected 1 to 10; the nearest is 1"),
        ({"low": 1, "high": 10}, 11, "n: got 11, expected 1 to 10; the nearest is 10"),
        ({"low": -2, "high": 10}, -3, "n: got -3, expected -2 to 10; the nearest is -2"),
        ({"high": -2}, 0, "n: got 0, expected at most -2; the nearest is -2"),
        ({"low": 0.5}, [1, 0.1], "n: got 0.1, expected 0.5 or more; the nearest is 0.5"),
        ({"low": 5, "zero": "all"}, 2, "n: got 2, expected 5 or more, or 0 for all; the nearest is 5"),
        ({"low": 1}, float("nan"), "n: got nan, expected 1 or more"),
        ({"low": 1}, float("-inf"), "n: got -inf, expected 1 or more; the nearest is 1"),
        ({"choices": ["tanh", "elu"]}, "tan", "n: got 'tan'; did you mean 'tanh'? expected one of tanh, elu"),
        ({"choices": [2, 3]}, 4, "n: got 4; expected one of 2, 3"),
        ({"keys": ["mnist"]}, {"mnits": 1}, "n: got the key 'mnits'; did you mean 'mnist'?"),
        ({"pattern": "[a-z]+:\\d+"}, ["vae"], "n: got 'vae', expected the form [a-z]+:\\d+"),
    ],
)
def test_a_bad_value_is_refused_in_one_line_with_the_nearest_good_one(rule, value, message):
    with pytest.raises(ValueError) as error:
        Rule(**rule).check("n", value)
    assert str(error.value) == message


def test_a_rule_whose_ends_are_the_wrong_way_round_is_refused():
    with pytest.raises(ValueError, match="low: got 3, expected at most high, 2"):
        Rule(low=3, high=2)


def test_a_notebooks_own_rule_goes_before_the_common_one(tmp_path):
    (tmp_path / FILE).write_text(
        "common: {n: {low: 1}, m: {low: 2}}\nnotebooks:\n  one: {rules: {n: {low: 5}}}\n"
    )
    own, other = rules_of(tmp_path / "one.ipynb"), rules_of(tmp_path / "two.ipynb")
    assert (own["n"].low, own["m"].low, other["n"].low) == (5, 2, 1)


def test_without_a_file_there_are_no_rules(tmp_path):
    assert rules_of(tmp_path / "one.ipynb") == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("common: {n: {lo: 1}}", r"parameters.yml: common.n.lo: got 1; Extra inputs"),
        (
            "common: {n: {low: many}}",
            r"parameters.yml: common.n.low: got 'many'; Input should be a valid number",
        ),
        ("common: {n: {group: none}}", r"parameters.yml: common.n.group: got 'none'"),
        ("common: [", r"parameters.yml: got damaged YAML"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(tmp_path, text, message):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_rules(tmp_path)
    assert "\n" not in str(error.value)


def test_a_changed_file_is_read_again(tmp_path):
    for low in (1, 23):
        (tmp_path / FILE).write_text(f"common: {{n: {{low: {low}}}}}\n")
        assert rules_of(tmp_path / "one.ipynb")["n"].low == low


def test_the_projects_list_of_data_sets_is_that_of_the_loader(root):
    book = read_rules(root / "notebooks")
    assert tuple(book.lists["datasets"]) == datasets.NAMES
    assert set(book.images) == set(datasets.NAMES)
