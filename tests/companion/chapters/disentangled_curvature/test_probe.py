"""The probe finds what is there, and nothing where nothing is."""

import torch
from companion.chapters.disentangled_curvature.probe import probe_accuracy
from problems import normal


def test_a_probe_finds_what_is_there_and_nothing_where_nothing_is():
    labels = torch.arange(600) % 3
    told = normal(600, 4) + 4 * torch.nn.functional.one_hot(labels, 4)
    accuracy = probe_accuracy(told[:400], labels[:400], told[400:], labels[400:])
    chance = probe_accuracy(normal(400, 4), labels[:400], normal(200, 4, seed=1), labels[400:])
    assert accuracy > 0.95
    assert abs(chance - 1 / 3) < 0.1
