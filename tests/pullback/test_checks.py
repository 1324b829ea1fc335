"""Bad arguments are refused in one line that says what was seen and what was expected."""

import pytest
import torch
from pullback.maps.differentiated_map import jacobian
from torch import nn


@pytest.mark.parametrize(
    ("immersion", "z", "message"),
    [
        (nn.Identity(), torch.ones(3, 2).half(), "z: got dtype float16, expected float32 or float64"),
        (nn.Identity(), torch.ones(3, 2).int(), "z: got dtype int32"),
        (nn.Identity(), torch.tensor(1.0), r"z: got shape \(\)"),
        (nn.Identity(), torch.ones(3, 0), "z: got shape"),
        (nn.Identity(), [[1.0, 2.0]], "z: got list"),
        (nn.Identity(), torch.tensor([[1.0, float("nan")]]), "z: got 1 NaN or infinite"),
        (nn.Identity(), torch.tensor([[1.0, float("inf")]]), "z: got 1 NaN or infinite"),
    ],
)
def test_bad_input_is_named(immersion, z, message):
    with pytest.raises(ValueError, match=message):
        jacobian(immersion, z)
