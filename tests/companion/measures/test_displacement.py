"""How far points are moved, in units of their spread."""

import math

import pytest
import torch
from companion.measures.displacement import displacement, mean_distance, tsne_plane
from problems import normal

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_the_displacement_is_the_way_over_the_mean_distance():
    """`eq-displacement`: three corners of an equilateral triangle of side 2, one moved by 1."""
    clean = torch.tensor([[0.0, 0.0], [2.0, 0.0], [1.0, math.sqrt(3)]], dtype=torch.float64)
    moved = clean + torch.tensor([[0.6, 0.8], [0.0, 0.0], [0.0, 0.0]], dtype=torch.float64)
    assert displacement(clean, moved).tolist() == pytest.approx([0.5, 0.0, 0.0])
    assert mean_distance(clean) == pytest.approx(2)
    torch.testing.assert_close(displacement(9 * clean, 9 * moved), displacement(clean, moved))


def test_points_drawn_anew_are_displaced_by_about_one_spread():
    assert displacement(normal(200, 50), normal(200, 50, seed=1)).mean().item() == pytest.approx(1, abs=0.05)


def test_tsne_keeps_two_far_clusters_apart_and_repeats_itself():
    points = torch.cat([normal(25, 6), normal(25, 6, seed=1) + 30])
    plane = tsne_plane(points, perplexity=8, seed=0)
    assert plane.dtype == torch.float64
    nearest = torch.cdist(plane, plane).fill_diagonal_(math.inf).argmin(-1)
    assert ((nearest < 25) == (torch.arange(50) < 25)).all()
    assert torch.equal(plane, tsne_plane(points, perplexity=8, seed=0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: displacement(normal(2, 3), normal(3, 3)), "disturbed: got shape"),
        (lambda: displacement(torch.ones(3, 2), torch.ones(3, 2)), "clean: got points that coincide"),
        (lambda: tsne_plane(normal(9, 2), perplexity=3, seed=0), "points: got 9, expected more than 9"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
