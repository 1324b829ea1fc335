"""Normalised margin (`eq-normalised-margin`) of points whose hits and misses are read off."""

import pytest
import torch
from problems import normal
from pullback.measures.lengths.normalised_margin import normalised_margin


def test_the_margin_of_points_on_a_line_is_read_off():
    """`eq-normalised-margin`: hits at 1, misses at 3 or 4."""
    x = torch.tensor([0.0, 1.0, 4.0, 5.0])
    D = (x[:, None] - x).abs()
    margins = normalised_margin(D, torch.tensor([0, 0, 1, 1]))
    assert torch.allclose(margins, torch.tensor([3 / 4, 2 / 3, 2 / 3, 3 / 4]))
    assert torch.allclose(normalised_margin(10 * D, torch.tensor([0, 0, 1, 1])), margins)


def test_labels_without_meaning_have_a_margin_about_zero_or_less():
    z = normal(400, 5)
    labels = torch.arange(400) % 2
    assert normalised_margin(torch.cdist(z, z), labels).median().abs() < 0.08


def test_a_class_of_one_point_has_no_hit():
    with pytest.raises(ValueError, match="a class of one point"):
        normalised_margin(torch.rand(3, 3), torch.tensor([0, 0, 1]))
