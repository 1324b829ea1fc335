"""The form of a sweep: what it asks, what it will take, and one line on what is wrong."""

import re

import pytest
from companion.ledger import load_claims
from companion.parameters import declared
from companion.widgets.panel.sweep_form import SweepForm

NOTEBOOK = "06_jacobian_conditioning"


@pytest.fixture
def form(root):
    claims = [c for c in load_claims(root / "book" / "claims.yml") if c.notebook == NOTEBOOK and c.measured]
    parameters = declared(root / "notebooks" / f"{NOTEBOOK}.ipynb")
    return SweepForm(root, NOTEBOOK, parameters, claims, lambda: "smoke")


def said(form):
    return re.sub("<[^>]*>", "", form._said.value)


def test_a_parameter_begins_with_its_own_value_and_twice_that(form):
    assert (form.sweep, said(form)) == (None, "Name a parameter and its values.")
    form.names[0].value = "epochs"
    assert form.values[0].value == "[5, 10]"
    assert form.sweep.grid == {"epochs": [5, 10]}
    assert re.fullmatch(r"2 runs, about \d+ s on one core", said(form))


@pytest.mark.parametrize(
    ("values", "seeds", "message"),
    [
        ("5", "[0]", "epochs: got '5', expected a list such as [1, 2, 4]"),
        ("[]", "[0]", "epochs: got '[]', expected a list such as [1, 2, 4]"),
        ("[5, many]", "[0]", "epochs: got 'many', expected int"),
        ("[5, 5000]", "[0]", "epochs: got 5000, expected 1 to 1000; the nearest is 1000"),
        ("[5]", "[a]", "seeds: got '[a]', expected whole numbers such as [0, 1, 2]"),
        ("[5]", "[-1]", "seeds: got '[-1]', expected whole numbers such as [0, 1, 2]"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(form, values, seeds, message):
    form.names[0].value = "epochs"
    form.values[0].value, form.seeds.value = values, seeds
    assert form.sweep is None
    assert form.error == message
    assert 'role="alert"' in form._said.value


def test_a_parameter_twice_too_many_runs_and_no_claim_are_refused(form):
    form.names[0].value = form.names[1].value = "epochs"
    assert form.error == "epochs: got it twice, expected two parameters"
    form.names[1].value = "grid"
    form.values[1].value = str(list(range(3, 105)))
    assert form.error == "its values: got 204 runs, expected at most 200"
    form.names[1].value = "none"
    form.tabulated.value = ()
    assert form.error == "claims: got 0, expected 1 to 4"
