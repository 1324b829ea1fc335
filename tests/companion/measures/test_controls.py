"""Untrained and linear decoders that a trained one is held against."""

import pytest
import torch
from companion.measures.controls import principal_component_decoder, untrained_copy
from problems import generator
from pullback import PullbackMetric
from pullback.measures.lengths.length_ratio import length_ratio
from torch import nn


def test_an_untrained_copy_has_the_shape_but_not_the_weights_and_leaves_the_random_state():
    decoder = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 5)).double()
    before = torch.random.get_rng_state()
    copy, again = untrained_copy(decoder, seed=4), untrained_copy(decoder, seed=4)
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(
        p.shape == q.shape and p.dtype == q.dtype for p, q in zip(copy.parameters(), decoder.parameters())
    )
    assert not torch.equal(copy[0].weight, decoder[0].weight)
    assert torch.equal(copy[0].weight, again[0].weight)


def test_the_linear_control_spans_the_principal_components_and_is_flat():
    images = torch.randn(200, 12, generator=generator(), dtype=torch.float64) * torch.arange(1, 13)
    decoder = principal_component_decoder(images, 3)
    cosines = torch.linalg.svdvals(torch.linalg.qr(decoder[0].weight).Q[-3:])
    assert (cosines > 0.8).all()
    z0, z1 = torch.randn(2, 5, 3, generator=generator(1), dtype=torch.float64)
    assert length_ratio(PullbackMetric(decoder), z0, z1).shorter.abs().max() < 1e-9


def test_a_linear_control_of_too_many_dimensions_is_refused():
    with pytest.raises(ValueError, match="images: got shape"):
        principal_component_decoder(torch.zeros(4, 12), 5)
