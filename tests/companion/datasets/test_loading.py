"""Data sets by name."""

import pytest
from companion import datasets
from messages import one_line


def test_each_call_returns_tensors_of_its_own():
    first = datasets.load("mnist", "test")
    first.images.zero_()
    assert datasets.load("mnist", "test").images.max() == 1


def test_an_unknown_name_lists_the_known_ones_and_guesses():
    with pytest.raises(ValueError) as error:
        datasets.load("fasion-mnist", "train")
    message = one_line(error)
    assert "did you mean 'fashion-mnist'" in message
    assert all(name in message for name in datasets.NAMES)


def test_an_unknown_split_lists_the_known_ones():
    with pytest.raises(ValueError, match="split: got 'validation', expected one of train, test, all"):
        datasets.load("mnist", "validation")


def test_a_set_that_is_shipped_is_available_and_one_that_nobody_gave_is_not(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    assert datasets.is_available("chairs-sh3d")
    assert not datasets.is_available("celeba-6000")
    with pytest.raises(ValueError, match="did you mean 'mnist'"):
        datasets.is_available("mnits")


def test_every_set_has_its_heading_on_the_data_page(root):
    page = (root / "book" / "data.md").read_text(encoding="utf-8")
    assert [name for name in datasets.NAMES if f"`{name}`" not in page] == []
