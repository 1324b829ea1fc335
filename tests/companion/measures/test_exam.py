"""The exam: what the mean picture, a copy, a single axis and a guessed class are worth."""

import pytest
import torch
from companion.measures.exam import Exam, examine


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_mean_picture_explains_nothing_and_a_copy_everything():
    images, codes = normal(50, 9), normal(50, 3, seed=1)
    mean = examine(images.mean(0).expand(50, 9), images, codes)
    assert mean.explained == pytest.approx(0, abs=1e-12)
    assert not mean.is_passed
    assert examine(images, images, codes).explained == pytest.approx(1)


def test_half_of_the_deviation_leaves_a_quarter_of_the_error():
    images = normal(50, 9)
    drawn = images.mean(0) + 0.5 * (images - images.mean(0))
    assert examine(drawn, images, normal(50, 3)).explained == pytest.approx(0.75)


def test_axes_that_spread_by_less_than_a_tenth_of_the_widest_do_not_count_in_whatever_unit():
    images = normal(4000, 2)
    codes = normal(4000, 4, seed=1) * torch.tensor([1.0, 0.5, 0.05, 0.0], dtype=torch.float64)
    for unit in (1e-3, 1.0, 1e3):
        assert examine(images, images, unit * codes).axes == 2
    assert examine(images, images, 0 * codes).axes == 0


@pytest.mark.parametrize(
    ("exam", "passed"),
    [
        (Exam(0.6, 5), True),
        (Exam(0.4, 5), False),
        (Exam(0.6, 1), False),
        (Exam(0.6, 5, probe=0.95), True),
        (Exam(0.6, 5, probe=0.8), False),
    ],
)
def test_each_part_of_the_rule_can_fail_a_model(exam, passed):
    assert exam.is_passed is passed
