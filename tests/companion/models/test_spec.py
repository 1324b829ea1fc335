"""Settings that all families share."""

import dataclasses

import pytest
from companion.models.spec import ModelSpec

SPEC = ModelSpec(name="vae-instance-conv", image_shape=(1, 28, 28), latent_dim=3, noise_std=0.5)


def test_the_network_is_the_last_part_of_the_name():
    assert SPEC.network == "conv"
    assert dataclasses.replace(SPEC, name="ae-mlp").network == "mlp"


@pytest.mark.parametrize(
    ("likelihood", "given", "expected"),
    [
        ("gaussian", None, False),
        ("gaussian", "sigmoid", True),
        ("bernoulli", None, True),
        ("bernoulli", "linear", False),
    ],
)
def test_the_output_is_what_is_asked_for_or_what_the_likelihood_needs(likelihood, given, expected):
    spec = dataclasses.replace(SPEC, likelihood=likelihood, output_activation=given)
    assert spec.ends_in_sigmoid is expected


def test_a_latent_model_gets_the_settings_that_it_takes():
    assert SPEC.latent_options == {
        "image_shape": (1, 28, 28),
        "latent_dim": 3,
        "likelihood": "gaussian",
        "noise_std": 0.5,
    }
