"""What the mutation check found untested in geodesics: starts that are one bare curve."""

import pytest
import torch
from pullback import EuclideanMetric, geodesic


def test_a_bare_curve_for_starts_is_refused_by_name():
    """Starts have an axis of their own in front; the message tells the shape that was seen."""
    z = torch.zeros(2, dtype=torch.float64)
    bare = torch.linspace(0, 1, 5, dtype=torch.float64)[:, None].expand(5, 2)
    with pytest.raises(ValueError, match=r"starts: got shape \(5, 2\)"):
        geodesic(EuclideanMetric(), z, z + 1, n_segments=4, starts=bare)
