"""A decoder with a network for its deviation."""

import pytest
import torch

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_a_variance_network_has_no_bound_to_meet_far_away(trained):
    far = trained["vae-variance-mlp"].std(torch.full((1, 2), 1e3, dtype=torch.float64))
    assert (far < 10).all()
