"""Activations by name."""

import pytest
from companion.models import build_model

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: build_model("vae-mlp", (1, 28, 28), 2, activation="rleu"), "did you mean 'relu'"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
