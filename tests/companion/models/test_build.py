"""Models by name."""

import pytest
import torch
from companion.models import build_model

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: build_model("vea-mlp", (1, 28, 28), 2), "did you mean 'vae-mlp'"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_points_of_three_coordinates_are_images_of_one_row():
    model = build_model("vae-mlp", (1, 1, 3), 2, hidden=(8,))
    assert model.decode(torch.zeros(5, 2)).shape == (5, 1, 1, 3)
