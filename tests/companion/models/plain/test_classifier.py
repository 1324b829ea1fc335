"""Classifiers learn, and need two classes."""

import dataclasses

import pytest
from companion.models import Classifier
from companion.training import TrainingConfig, evaluate, fit, initial_model
from torch import nn

CONFIG = TrainingConfig(hidden=(32,), epochs=1, batch_size=64, device="cpu")


def test_a_classifier_learns_the_digits(digits):
    config = dataclasses.replace(CONFIG, model="classifier-mlp", epochs=3)
    model = initial_model(config, digits.image_shape, 10)
    before = evaluate(model.eval(), digits.images, 0, labels=digits.labels)["accuracy"]
    fit(model, digits.images[:8000], config, labels=digits.labels[:8000], progress=False)
    after = evaluate(model, digits.images[8000:], 0, labels=digits.labels[8000:])["accuracy"]
    assert before < 0.3
    assert after > 0.85


def test_a_classifier_of_one_class_is_refused():
    with pytest.raises(ValueError, match="n_classes: got 1"):
        Classifier(nn.Identity(), (1, 2, 2), 1)
