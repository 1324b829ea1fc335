"""A list of values as tags: what stands in it is read as numbers and words."""

import pytest
from companion.parameters import written
from companion.widgets.panel.controls import CopyLine, TagList


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], False),
        ([1, 2], False),
        ([0.5, 1e-05], False),
        (["tanh", "vae-mlp:2"], True),
        (["a b", "1"], True),
    ],
)
def test_a_list_that_is_put_in_is_read_again(value, words):
    tags = TagList(label="n", words=words)
    tags.text = written(value)
    assert tags.value == value
    assert written(tags.value) == tags.text == written(value)


def test_what_is_typed_is_a_number_where_numbers_are_asked_for_and_a_word_where_words_are():
    numbers, words = TagList(label="n"), TagList(label="n", words=True)
    numbers.items = words.items = ["1", "x"]
    assert (numbers.value, words.value) == ([1, "x"], ["1", "x"])


@pytest.mark.parametrize("text", ["2", "{a: 1}", "[1, 2"])
def test_what_is_no_list_is_refused(text):
    with pytest.raises(ValueError, match=r"n: got .*, expected a list such as"):
        TagList(label="n").text = text


def test_the_line_to_copy_is_the_text():
    assert CopyLine(text="python workflow/run.py").text == "python workflow/run.py"
