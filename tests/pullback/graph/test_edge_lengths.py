"""Lengths of edges against integrals that are known."""

import numpy as np
import pytest
from pullback.graph.edge_lengths import FIRST, LAST, edge_lengths


def measure(speed, n_edges=1, near=lambda rough: rough, rtol=1e-3):
    asked = []

    def speeds(rows, places, r):
        asked.append((r, len(rows)))
        return speed(rows[:, None], places / r + 0 * rows[:, None])

    return *edge_lengths(speeds, n_edges, near=near, rtol=rtol), dict(asked)


def test_a_cubic_speed_is_integrated_exactly_on_the_first_intervals():
    lengths, errors, asked = measure(lambda rows, t: 1 + t + t**2 + t**3)
    assert lengths[0] == pytest.approx(1 + 1 / 2 + 1 / 3 + 1 / 4, abs=1e-14)
    assert errors[0] < 1e-14
    assert max(asked) == FIRST


def test_an_edge_is_refined_until_two_rules_agree_and_its_error_is_below_theirs():
    truth = (np.exp(2) - 1) / 2
    lengths, errors, asked = measure(lambda rows, t: np.exp(2 * t), rtol=1e-3)
    assert sorted(asked) == [1, 2, 4, 8]
    assert abs(lengths[0] - truth) < errors[0] < 1e-3 * truth


def test_what_does_not_settle_is_measured_with_the_last_rule_and_its_error_told():
    lengths, errors, asked = measure(lambda rows, t: np.where(np.abs(t - 0.5) < 0.02, 100.0, 1.0))
    assert max(asked) == LAST
    assert errors[0] > 1e-3 * lengths[0]


def test_edges_near_a_rough_one_are_refined_with_it_and_no_others():
    """Edge 1 has a peak between the points of the first rule, edge 0 shows a flank of it, edge 2 nothing."""

    def speed(rows, t):
        peak = 50 * np.exp(-0.5 * ((t - np.array([0.5, 0.375, 9.0])[rows]) / 0.025) ** 2)
        return 1 + peak

    truth = 1 + 50 * 0.025 * (2 * np.pi) ** 0.5
    together = measure(speed, 3, near=lambda rough: rough | (np.roll(rough, 1) & [True, True, False]))
    alone = measure(speed, 3)
    assert together[0][1] == pytest.approx(truth, rel=0.2)  # of points two and a half widths apart
    assert alone[0][1] == pytest.approx(1, rel=0.02)
    assert together[0][0] == pytest.approx(truth, rel=0.2)
    assert together[0][2] == alone[0][2] == 1.0
