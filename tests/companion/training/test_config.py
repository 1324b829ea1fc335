"""A configuration is complete and valid, or it is refused with the name of what is wrong."""

import dataclasses

import pytest
from companion.training import TrainingConfig

CONFIG = TrainingConfig(hidden=(32,), epochs=1, batch_size=64, device="cpu")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"latent_dim": -1}, "latent_dim: got -1, expected an integer of at least 1"),
        ({"latent_dim": 2.0}, "latent_dim: got 2.0"),
        ({"latent_dim": True}, "latent_dim: got True"),
        ({"latent_dim": "2"}, "latent_dim: got '2'"),
        ({"epochs": 0}, "epochs: got 0"),
        ({"batch_size": 1}, "batch_size: got 1, expected an integer of at least 2"),
        ({"n_train": 0}, "n_train: got 0"),
        ({"seed": -1}, "seed: got -1"),
        ({"hidden": 512}, "hidden: got 512, expected a sequence"),
        ({"hidden": (512, 0)}, "hidden: got 0"),
        ({"learning_rate": 0}, "learning_rate: got 0, expected a number above 0"),
        ({"learning_rate": float("nan")}, "learning_rate: got nan"),
        ({"learning_rate": "1e-3"}, "learning_rate: got '1e-3'"),
        ({"beta": -1.0}, "beta: got -1.0, expected a number of at least 0"),
        ({"noise_std": 0.0}, "noise_std: got 0.0"),
        ({"model": "vae_mlp"}, "model: got 'vae_mlp'; did you mean 'vae-mlp'"),
        ({"model": None}, "model: got None"),
        ({"dataset": "mnits"}, "dataset: got 'mnits'; did you mean 'mnist'"),
        ({"activation": "ELU"}, "activation: got 'ELU'"),
        ({"likelihood": "gauss"}, "likelihood: got 'gauss'; did you mean 'gaussian'"),
        ({"schedule": "cosine"}, "schedule: got 'cosine'"),
        ({"device": "gpu"}, "device: got 'gpu'"),
        ({"output_activation": "tanh"}, "output_activation: got 'tanh'"),
        ({"likelihood": "bernoulli", "output_activation": "linear"}, "output_activation: got 'linear'"),
    ],
)
def test_a_bad_value_is_named(values, message):
    with pytest.raises(ValueError, match=message) as error:
        TrainingConfig(**values)
    assert "\n" not in str(error.value)


def test_a_configuration_survives_the_way_through_a_dictionary():
    config = TrainingConfig(hidden=[64, 32], beta=2, n_train=100, noise_std=0.1)
    assert TrainingConfig(**config.to_dict()) == config
    assert (config.hidden, config.beta) == ((64, 32), 2.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"options": {"depth": 3}}, "options: got 'depth'; expected none for vae-mlp"),
        ({"options": [1]}, r"options: got \[1\], expected names and values"),
        ({"betas": (0.9,)}, "betas: got"),
        ({"betas": (0.9, 1.0)}, "betas: got"),
        ({"optimizer": "adan"}, "optimizer: got 'adan'; did you mean 'adam'"),
        ({"weight_decay": -1}, "weight_decay: got -1"),
        ({"classes": (-1,)}, "classes: got -1"),
    ],
)
def test_bad_settings_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(CONFIG, **change)
