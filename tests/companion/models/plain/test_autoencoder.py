"""The loss of the autoencoder."""

import pytest
import torch
from small_models import model_of
from torch.distributions import Normal

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_an_autoencoder_loses_the_likelihood_of_its_reconstruction(generator):
    x = torch.rand(6, 1, 28, 28, generator=generator, dtype=torch.float64)
    model = model_of("ae-mlp", noise_std=0.5)
    reconstruction = model.decode(model.encode(x))
    expected = -Normal(reconstruction, 0.5).log_prob(x).sum((1, 2, 3)).mean()
    torch.testing.assert_close(model.loss(x), expected)
