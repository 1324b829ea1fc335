"""Paths judged by a classifier (`eq-path-entropy`) whose answers are given."""

import math

import pytest
import torch
from companion.measures.class_path import (
    class_kept,
    class_switches,
    path_entropy,
    path_summary,
    path_uncertainty,
    predictive_entropy,
    switch_frame,
)
from problems import normal

DOUBLE = torch.float64


def one_hot(classes, size=40.0):
    return size * torch.nn.functional.one_hot(torch.tensor(classes), 3).double()


pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_switches_are_counted_and_the_first_one_is_numbered_from_one():
    paths = one_hot([[0, 0, 1, 1, 2], [2, 2, 2, 2, 2], [0, 1, 0, 1, 0]])
    assert class_switches(paths).tolist() == [2, 0, 4]
    assert switch_frame(paths).tolist() == [3, 6, 2]


def test_entropy_is_zero_where_the_classifier_is_sure_and_log_of_the_classes_where_it_is_not():
    """`eq-path-entropy` over two frames."""
    assert path_entropy(one_hot([[0, 1]])).item() == pytest.approx(0, abs=1e-9)
    unsure = torch.cat([torch.zeros(1, 1, 3, dtype=DOUBLE), one_hot([[1]])], dim=1)
    assert path_entropy(unsure).item() == pytest.approx(math.log(3) / 2)


def test_the_share_of_kept_classes_is_that_of_the_label_meant():
    assert class_kept(one_hot([[0, 0, 1, 2], [1, 1, 1, 1]]), torch.tensor([0, 1])).tolist() == [0.5, 1.0]


def test_a_classifier_that_knows_nothing_has_the_entropy_of_its_classes_and_a_sure_one_none():
    """`eq-predictive-entropy`."""
    assert predictive_entropy(torch.zeros(10, dtype=torch.float64)).item() == pytest.approx(math.log(10))
    sure = torch.tensor([1e3, 0.0], dtype=torch.float64)
    assert predictive_entropy(sure).item() == pytest.approx(0, abs=1e-12)


def test_a_summary_averages_over_paths_and_knows_the_largest_step():
    """Steps 1, 1, 4 over a mean of 2, and equal steps."""
    images = torch.tensor([[0.0, 1.0, 2.0, 6.0], [0.0, 3.0, 6.0, 9.0]], dtype=DOUBLE)[..., None]
    found = path_summary(images, one_hot([[0, 0, 1, 1], [2, 2, 2, 2]]))
    assert found == pytest.approx({"frame": 4.0, "switches": 0.5, "entropy": 0.0, "jump": 1.5}, abs=1e-9)


def test_a_cross_fade_has_energy_one_and_a_classifier_that_knows_nothing_is_uncertain_all_the_way():
    z0, z1 = normal(6, 4), normal(6, 4, seed=1)
    blank = path_uncertainty(lambda z: 3 * z, lambda x: torch.zeros(*x.shape[:-1], 10), z0, z1)
    torch.testing.assert_close(blank.energy, torch.ones(6, dtype=torch.float64))
    torch.testing.assert_close(blank.entropy, torch.full((6,), math.log(10)), atol=1e-5, rtol=0)
    assert blank.switches.tolist() == [0] * 6


def test_a_path_that_jumps_costs_one_jump_for_each_step_and_switches_once():
    z0, z1 = torch.zeros(1, 1, dtype=torch.float64), torch.ones(1, 1, dtype=torch.float64)
    jump = path_uncertainty(
        lambda z: (z > 0.45).double(), lambda x: torch.cat([40 * x, 40 * (1 - x)], -1), z0, z1, n_frames=9
    )
    assert jump.energy.item() == pytest.approx(8)
    assert jump.switches.item() == 1
    assert jump.entropy.item() < 1e-9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: path_uncertainty(abs, abs, normal(2, 3), normal(3, 3)), "z1: got shape"),
        (lambda: path_uncertainty(abs, abs, normal(2, 3), normal(2, 3), n_frames=2), "n_frames: got 2"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
