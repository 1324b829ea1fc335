"""What training asks of every model."""

import pytest
import torch
from companion.models import TrainableModel
from small_models import model_of

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: model_of("ae-mlp").encode(torch.zeros(3, 783)), r"x: got shape \(3, 783\), expected"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_model_without_an_objective_says_so():
    with pytest.raises(NotImplementedError, match="Nothing has no loss"):
        type("Nothing", (TrainableModel,), {})((1, 1, 1)).loss(torch.zeros(1, 1))
