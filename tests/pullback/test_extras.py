"""Packages that only some functions need."""

import math

import pytest
from pullback.extras import require


def test_a_package_that_is_there_is_imported():
    assert require("math", "clusters") is math


def test_a_package_that_is_not_there_is_missed_by_the_name_of_its_extra():
    with pytest.raises(ImportError) as refusal:
        require("no_such_package.inner", "clusters")
    assert str(refusal.value) == 'no_such_package: not installed; run `pip install "pullback[clusters]"`'
