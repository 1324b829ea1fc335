"""A classifier that is judged on identities it may not know."""

import dataclasses

import torch
from companion.training import initial_model
from disentangled_models import CONFIG, SQUARE


def test_a_classifier_of_identities_is_wrong_about_those_that_it_does_not_know(digits):
    model = initial_model(dataclasses.replace(CONFIG, model="classifier-identity-conv"), SQUARE, 10).eval()
    x = digits.images[:3].flatten(1)
    known = model(x).argmax(-1)
    labels = torch.stack([known[0], known[1], torch.tensor(25)])
    assert model.test_terms(x, labels)["accuracy"].tolist() == [1, 1, 0]
