"""How far one curve strays from another."""

import pytest
import torch
from companion.chapters.variance_estimates.hausdorff import hausdorff_distance

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_the_hausdorff_distance_of_parallel_segments_is_their_distance():
    """`eq-hausdorff`; a longer curve is as far as its overhang."""
    t = torch.linspace(0, 1, 50, dtype=torch.float64)
    a = torch.stack([t, torch.zeros_like(t)], -1)
    assert hausdorff_distance(a, a + torch.tensor([0.0, 0.3])).item() == pytest.approx(0.3)
    long = torch.stack([3 * t, torch.zeros_like(t)], -1)
    assert hausdorff_distance(a, long).item() == pytest.approx(2)
    assert hausdorff_distance(long, a).item() == pytest.approx(2)
