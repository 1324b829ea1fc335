"""Groups of equal size, and the thirds of a quantity."""

import pytest
import torch
from companion.chapters.near_zero_curvature.class_groups import (
    balanced_rows,
    document_groups,
    low_and_high_thirds,
)
from companion.datasets import Dataset

LABELS = torch.tensor([2, 0, 2, -1, 0, 2, 0, 2, 5, -1])


def test_every_label_gives_as_many_rows_and_the_unlabelled_none():
    rows = balanced_rows(LABELS, 3, generator=torch.Generator().manual_seed(0))
    assert LABELS[rows].tolist() == [0, 0, 0, 2, 2, 2, 5]
    assert len(rows.unique()) == len(rows)


def test_every_row_of_a_label_is_as_likely():
    generator = torch.Generator().manual_seed(0)
    draws = torch.cat([balanced_rows(LABELS, 1, generator=generator) for _ in range(2000)])
    counts = draws.bincount(minlength=10)[[0, 2, 5, 7]]
    assert (counts - 500).abs().max() < 100


def test_thirds_are_the_ends_of_the_order():
    values = torch.tensor([5.0, 1.0, 9.0, 3.0, 7.0, 0.0, 8.0])
    low, high = low_and_high_thirds(values, torch.arange(7))
    assert (low.tolist(), high.tolist()) == ([5, 1], [6, 2])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda g: balanced_rows(LABELS, 0, generator=g), "per_label: got 0"),
        (lambda g: balanced_rows(-torch.ones(3), 2, generator=g), "per_label: got 2 of 3"),
        (lambda g: low_and_high_thirds(torch.zeros(9), torch.arange(2)), "rows: got 2"),
    ],
    ids=["none", "unlabelled", "few"],
)
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(torch.Generator())


def test_faces_are_grouped_by_hair_and_mouth_and_others_by_label():
    hair, blond, mouth = torch.tensor([[1, 1, 0, 0, 1, 0], [0, 0, 1, 1, 1, 0], [0, 1, 0, 1, 0, 1]])
    factors = {"Black_Hair": hair, "Blond_Hair": blond, "Mouth_Slightly_Open": mouth}
    people = torch.arange(6)
    faces = Dataset(torch.zeros(6, 3, 2, 2), people, factors, "faces", "test", "")
    assert document_groups(faces).tolist() == [0, 1, 2, 3, -1, -1]
    digits = Dataset(torch.zeros(6, 1, 2, 2), people, {}, "digits", "test", "")
    assert document_groups(digits).tolist() == people.tolist()
