"""The groups of the document, the thirds of a quantity, and the numbers of a comparison by its names."""

import pytest
import torch
from companion.chapters.near_zero_curvature.class_groups import (
    document_groups,
    low_and_high_thirds,
    separation_numbers,
    separation_tests,
)
from companion.datasets import Dataset
from pullback.measures.lengths.label_r2 import compare_label_r2


def test_thirds_are_the_ends_of_the_order():
    values = torch.tensor([5.0, 1.0, 9.0, 3.0, 7.0, 0.0, 8.0])
    low, high = low_and_high_thirds(values, torch.arange(7))
    assert (low.tolist(), high.tolist()) == ([5, 1], [6, 2])


def test_thirds_of_two_rows_are_refused():
    with pytest.raises(ValueError, match="rows: got 2"):
        low_and_high_thirds(torch.zeros(9), torch.arange(2))


def test_faces_are_grouped_by_hair_and_mouth_and_others_by_label():
    hair, blond, mouth = torch.tensor([[1, 1, 0, 0, 1, 0], [0, 0, 1, 1, 1, 0], [0, 1, 0, 1, 0, 1]])
    factors = {"Black_Hair": hair, "Blond_Hair": blond, "Mouth_Slightly_Open": mouth}
    people = torch.arange(6)
    faces = Dataset(torch.zeros(6, 3, 2, 2), people, factors, "faces", "test", "")
    assert document_groups(faces).tolist() == [0, 1, 2, 3, -1, -1]
    digits = Dataset(torch.zeros(6, 1, 2, 2), people, {}, "digits", "test", "")
    assert document_groups(digits).tolist() == people.tolist()


def test_the_numbers_of_a_comparison_are_those_of_its_parts():
    generator = torch.Generator().manual_seed(0)
    points = torch.randn(20, 3, dtype=torch.float64, generator=generator)
    labels = torch.arange(20) % 4
    first, second = torch.cdist(points, points), torch.cdist(points[:, :1], points[:, :1])
    first, second = ((d - d.diag().diag()) for d in (first, second))
    compared = compare_label_r2(first, second, labels, generator=generator, n_permutations=49)
    numbers = separation_numbers(compared)
    assert numbers["geodesic"] - numbers["linear"] == pytest.approx(numbers["geodesic_over_linear"])
    assert numbers["geodesic"] - numbers["geodesic_excess"] == pytest.approx(compared.first.chance)
    assert separation_tests(compared)[2] == numbers["geodesic_over_linear"]
    assert all(0.02 <= p <= 1 for p in separation_tests(compared)[:2])
