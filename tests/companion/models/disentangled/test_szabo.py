"""The steps of Szabo's game."""

import pytest
from disentangled_models import disentangled_model, one_step


@pytest.mark.parametrize(
    ("name", "owners"),
    [
        ("szabo-conv", [{"encoder", "decoder"}, {"encoder", "decoder"}, {"judge"}]),
    ],
)
def test_each_step_of_the_game_changes_the_networks_that_it_should(name, owners, digits):
    assert one_step(disentangled_model(name), digits.images[:500].flatten(1), digits.labels[:500]) == owners
