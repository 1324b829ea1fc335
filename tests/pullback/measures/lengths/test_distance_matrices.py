"""Distance matrices that are known in closed form."""

import math

import pytest
import torch
from pullback.measures.lengths.distance_matrices import (
    euclidean_distances,
    flat_torus_distances,
    great_circle_distances,
)


def test_great_circles_are_arcs():
    d = great_circle_distances(2 * torch.eye(3, dtype=torch.float64), radius=5)
    torch.testing.assert_close(d, 5 * math.pi / 2 * (1 - torch.eye(3, dtype=torch.float64)))


def test_ways_round_a_torus_take_the_shorter_side():
    x = torch.tensor([[0.1, 0.0], [0.9, 0.0], [0.1, 0.5]], dtype=torch.float64)
    expected = torch.tensor([0.2, 0.5, math.hypot(0.2, 0.5)], dtype=torch.float64)
    torch.testing.assert_close(flat_torus_distances(x)[[0, 0, 1], [1, 2, 2]], expected)
    torch.testing.assert_close(flat_torus_distances(x + 3), flat_torus_distances(x))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: euclidean_distances(torch.zeros(3)), "points: got shape"),
        (lambda: great_circle_distances(torch.zeros(2, 3)), "directions: got 2 of length 0"),
        (lambda: flat_torus_distances(torch.zeros(2, 3), period=0), "period: got 0"),
    ],
    ids=["set", "centre", "period"],
)
def test_what_makes_no_spectrum_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
