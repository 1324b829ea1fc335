"""The explorer of units."""

import pytest
import torch
from companion.widgets import distance_unit_explorer


def test_a_distance_unit_explorer_refuses_what_does_not_belong_together():
    with pytest.raises(ValueError, match="samples: got none"):
        distance_unit_explorer({})
    with pytest.raises(ValueError, match=r"samples: got shapes \(5, 2\), \(4, 4\), \(5,\) for a space"):
        distance_unit_explorer({"a space": (torch.zeros(5, 2), torch.zeros(4, 4), torch.zeros(5))})
