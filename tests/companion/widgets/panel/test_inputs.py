"""A field per parameter: of the kind that its rule asks for, with help or one line on what is wrong."""

import re

import ipywidgets
import pytest
from companion.parameters import Parameter, Rule
from companion.widgets.panel.controls import Number, TagList
from companion.widgets.panel.inputs import ParameterInput


def field(hint="int", default=5, *, share=0.0, **rule):
    made = ParameterInput(Parameter("n", hint, default, "how many", Rule(**rule)), share=share)
    made.text = str(default)
    return made


def note(made):
    return re.sub("<[^>]*>", "", made.children[-1].value)


@pytest.mark.parametrize(
    ("hint", "default", "rule", "kind"),
    [
        ("bool", "true", {}, ipywidgets.Checkbox),
        ("str", "a", {"choices": ["a", "b"]}, ipywidgets.Dropdown),
        ("str", "a", {}, ipywidgets.Text),
        ("int", 5, {}, ipywidgets.Text),
        ("list[int]", [1, 2], {}, TagList),
        ("list[str]", ["a"], {"choices": ["a", "b"]}, TagList),
        ("dict[str, int]", {}, {}, ipywidgets.Text),
        ("list[list[int]]", [[1]], {}, ipywidgets.Text),
    ],
)
def test_the_kind_of_a_field_follows_from_the_rule(hint, default, rule, kind):
    made = field(hint, default, **rule)
    assert isinstance(made.children[0], kind)
    assert made.error is None
    assert made.parameter.read(made.text) == made.read()


def test_a_number_with_ends_has_a_slider_between_them():
    whole, broken = field(low=1, high=10000), field("float", 0.5, low=0, high=1)
    assert [isinstance(made.children[0], Number) for made in (whole, broken)] == [True, True]
    ends = [(made.children[0].low, made.children[0].high, made.children[0].step) for made in (whole, broken)]
    assert ends == [(1, 10000, 1), (0, 1, 0.01)]
    assert (whole.children[0].whole, broken.children[0].whole) == (True, False)


def test_a_number_out_of_its_range_is_said_with_the_nearest_and_not_changed():
    made = field(low=1, high=10)
    made.text = "11"
    assert made.text == "11"
    assert note(made) == made.error == "n: got 11, expected 1 to 10; the nearest is 10"
    assert 'role="alert"' in made.children[-1].value
    made.text = "9"
    assert made.error is None


def test_help_says_what_it_is_its_range_and_what_it_does_to_the_time():
    made = field(low=1, high=10, unit="pairs", share=0.25)
    assert note(made) == "how many; 1 to 10 pairs; twice as much makes the quick run 25 % longer"


def test_a_bad_value_in_a_list_is_said():
    made = field("list[str]", ["tanh"], choices=["tanh", "elu"])
    made.children[0].items = ["tanh", "tan"]
    assert made.error == "n: got 'tan'; did you mean 'tanh'? expected one of tanh, elu"


def test_a_listener_hears_of_changes():
    made, heard = field(), []
    made.on_change(lambda: heard.append(made.text))
    made.text = "6"
    assert heard == ["6"]
