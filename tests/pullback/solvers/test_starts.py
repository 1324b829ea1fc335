"""Curves to start from: where they run, and which are refused."""

import problems
import pytest
import torch
from curve_problems import SPHERE, pairs
from pullback import EuclideanMetric, geodesic
from pullback.solvers.starts import starting_curves


def test_the_arcs_leave_the_straight_line_at_right_angles_to_either_side():
    z0, z1 = torch.tensor([[0.0, 1.0]]).double(), torch.tensor([[2.0, 5.0]]).double()
    left, right = starting_curves(EuclideanMetric(), z0, z1, 16, "arcs")
    middle, along = (z0 + z1) / 2, (z1 - z0)[0]
    for curve in (left, right):
        assert ((curve[0, 8] - middle[0]) @ along).abs() < 1e-9
    torch.testing.assert_close((left[0, 8] + right[0, 8]) / 2, middle[0])
    assert (left[0, 8] - right[0, 8]).norm() > 0.1 * along.norm()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"starts": "everywhere"}, "starts: got 'everywhere'"),
        ({"starts": ()}, "starts: got none"),
        ({"starts": torch.zeros(1, 6, 5, 2, dtype=torch.float64)}, "starts: got shape"),
        ({"starts": torch.zeros(1, 6, 49, 2, dtype=torch.float64)}, "starts: got curves with other ends"),
    ],
)
def test_bad_input_is_refused_by_name(change, message):
    z0, z1 = pairs()
    arguments = {"z0": z0, "z1": z1, **change}
    with pytest.raises(ValueError) as refusal:
        geodesic(SPHERE, **arguments)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_arcs_need_two_coordinates():
    z0, z1 = problems.THREE_SPHERE.sample_pairs(2, problems.generator())
    with pytest.raises(ValueError, match="'arcs' for d = 3"):
        geodesic(problems.THREE_SPHERE.metric, z0, z1, starts="arcs")


def test_a_bare_curve_for_starts_is_refused_by_name():
    """Starts have an axis of their own in front; the message tells the shape that was seen."""
    z = torch.zeros(2, dtype=torch.float64)
    bare = torch.linspace(0, 1, 5, dtype=torch.float64)[:, None].expand(5, 2)
    with pytest.raises(ValueError, match=r"starts: got shape \(5, 2\)"):
        geodesic(EuclideanMetric(), z, z + 1, n_segments=4, starts=bare)
