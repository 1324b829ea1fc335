"""What a misspelt name may mean."""

import pytest
from companion.suggestions import expected_one_of, hint

KNOWN = ["mnist", "fashion-mnist", "celeba"]


def test_a_near_name_is_suggested_and_all_are_listed():
    assert expected_one_of("mnits", KNOWN) == (
        "did you mean 'mnist'? expected one of mnist, fashion-mnist, celeba"
    )
    assert hint("mnits", KNOWN) == "did you mean 'mnist'?"


@pytest.mark.parametrize("seen", ["zzz", 3, None])
def test_without_a_near_name_the_list_is_all_there_is(seen):
    assert expected_one_of(seen, KNOWN) == "expected one of mnist, fashion-mnist, celeba"
    assert hint(seen, iter(KNOWN)) == "expected one of mnist, fashion-mnist, celeba"


def test_a_hint_lists_the_first_dozen_of_many():
    assert hint("zzz", [f"name-{i:02d}" for i in range(13)]).endswith("name-10, name-11, ...")
    assert hint("zzz", [f"name-{i:02d}" for i in range(12)]).endswith("name-10, name-11")
