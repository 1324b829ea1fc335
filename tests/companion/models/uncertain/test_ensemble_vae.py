"""An ensemble of decoders."""

import dataclasses

import pytest
import torch
from companion.models import build_model
from companion.training import fit, initial_model
from problems import normal
from pullback import PullbackMetric
from uncertain_models import TINY

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_the_stacked_decoders_pull_back_the_mean_of_the_metrics(trained):
    model, z = trained["vae-ensemble-mlp"], normal(4, 2)
    alone = torch.stack([PullbackMetric(member).matrix(z) for member in model.members])
    torch.testing.assert_close(PullbackMetric(model.stacked).matrix(z), alone.mean(0))


def test_mean_and_spread_of_an_ensemble_are_those_of_its_members(trained):
    model, z = trained["vae-ensemble-mlp"], normal(4, 2)
    decoded = torch.stack([member(z) for member in model.members])
    torch.testing.assert_close(model.mean(z), decoded.mean(0))
    torch.testing.assert_close(model.std(z), decoded.var(0, correction=0).sqrt())
    assert model.std(z).max() > 0.01


def test_every_member_of_an_ensemble_learns(digits):
    config = dataclasses.replace(TINY, model="vae-ensemble-mlp", options={"n_decoders": 3}, n_train=None)
    model = initial_model(config, digits.image_shape)
    before = [member[0].weight.clone() for member in model.members]
    fit(model, digits.images[:2000], dataclasses.replace(config, epochs=1), progress=False)
    assert all(not torch.equal(old, new[0].weight) for old, new in zip(before, model.members))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("vae-ensemble-mlp", {"n_decoders": 1}, "n_decoders: got 1, expected 2 or more"),
    ],
    ids=["n_decoders"],
)
def test_bad_options_are_refused(name, options, message):
    with pytest.raises(ValueError, match=message):
        build_model(name, (1, 28, 28), 2, options=options)
