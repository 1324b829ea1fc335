"""Bad arguments are refused in one line that says what was seen and what was expected."""

import pytest
import torch
from pullback.checks import check_finite, check_points, check_tangents
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


def test_tangents_broadcast_with_their_points_and_have_memory_of_their_own():
    z, u, v = torch.zeros(4, 1, 2), torch.ones(3, 2), torch.ones(2)
    for part in check_tangents(z, u=u, v=v):
        assert part.shape == (4, 3, 2)
        assert part.is_contiguous()
    assert check_points("z", torch.zeros(1, 2).expand(5, 2)).is_contiguous()


@pytest.mark.parametrize(
    ("tangents", "message"),
    [
        ({"u": torch.ones(2, 3)}, r"u: got shape \(2, 3\), expected \(\*batch, 2\)"),
        ({"u": torch.ones(5, 2)}, r"u: got shape \(5, 2\), expected one that broadcasts with z \(4, 2\)"),
        ({"u": torch.ones(2).double()}, "u: got dtype float64, expected float32, that of z"),
        (
            {"u": torch.ones(2, 1, 2), "v": torch.ones(3, 1, 2)},
            r"u \(2, 1, 2\), v \(3, 1, 2\): expected shapes that broadcast with one another",
        ),
    ],
)
def test_tangents_that_do_not_fit_are_named(tangents, message):
    with pytest.raises(ValueError, match=message):
        check_tangents(torch.zeros(4, 2), **tangents)


def test_entries_that_are_not_finite_are_counted():
    value = torch.tensor([1.0, torch.nan, -torch.inf])
    with pytest.raises(ValueError, match="x: got 2 NaN or infinite entries, expected finite values"):
        check_finite("x", value)
    assert check_points("z", value, finite=False).shape == (3,)
