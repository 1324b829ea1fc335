"""Models with an uncertain decoder after a short training."""

import dataclasses

import pytest
from companion.training import fit, initial_model
from uncertain_models import SHORT, TINY


class Trained(dict):
    """Models by name, each trained when it is first asked for."""

    def __init__(self, digits):
        self.digits = digits

    def __missing__(self, name):
        config = dataclasses.replace(TINY, model=name, options=SHORT[name], epochs=1)
        model = initial_model(config, self.digits.image_shape)
        fit(model, self.digits.images[:256], config, progress=False)
        self[name] = model.double().requires_grad_(False)
        return self[name]


@pytest.fixture(scope="session")
def trained(digits) -> Trained:
    """A model of each kind after a short training of both stages, in double precision."""
    return Trained(digits)
