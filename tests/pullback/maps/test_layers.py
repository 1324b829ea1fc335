"""Which layers a map is taken apart into, and what is pushed through each."""

import pytest
import torch
from pullback.maps.layers import is_opaque, layers_of, push_second, push_tangents
from torch import nn


def test_no_layer_of_a_convolutional_network_is_opaque(convolutional):
    assert not any(map(is_opaque, layers_of(convolutional)))


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(1, 1, 3, padding="same"),
        nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"),
        nn.BatchNorm2d(1, track_running_stats=False),
        nn.BatchNorm2d(1).train(),
    ],
    ids=["padding by name", "circular", "batch statistics", "training"],
)
def test_layers_whose_formula_would_differ_stay_opaque(layer):
    assert is_opaque(layer)


def test_a_network_is_taken_apart_and_what_does_nothing_in_evaluation_is_left_out():
    first, act, last = nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 4)
    nested = nn.Sequential(first, nn.Sequential(nn.Identity(), act), nn.Dropout(), last).eval()
    assert layers_of(nested) == [first, act, last]
    assert layers_of(nested.train())[2] is nested[2]
    assert layers_of(torch.sin) == [torch.sin]


def test_a_module_may_show_the_sequential_that_it_computes_and_hooks_hide_it():
    shown = nn.Sequential(nn.Linear(2, 3), nn.Tanh())

    class Named(nn.Module):
        as_sequential = shown

    assert layers_of(Named()) == list(shown)
    shown.register_forward_hook(lambda module, args, y: 2 * y)
    assert layers_of(shown) == [shown]


@pytest.mark.parametrize(
    "layer",
    [nn.Linear(3, 4), nn.Softplus(), nn.Unflatten(1, (3, 1)), torch.sin],
    ids=["linear", "activation", "reshaping", "opaque"],
)
def test_tangents_and_second_derivatives_are_those_along_a_curved_path(layer, generator):
    """With h(t) = h + t a + t^2 b / 2: the first two derivatives of layer(h(t)) at t = 0."""
    h, a, b = torch.randn(3, 5, 3, generator=generator, dtype=torch.float64)
    layer = layer.double() if isinstance(layer, nn.Module) else layer

    def along(t):
        return layer(h + t * a + t * t * b / 2)

    zero = torch.zeros((), dtype=torch.float64)
    value, first = torch.func.jvp(along, (zero,), (zero + 1,))
    second = torch.func.jacfwd(torch.func.jacfwd(along))(zero)
    found = push_second(layer, h, a[None], b[None], [(0, 0)])
    for mine, expected in zip(found, (value, first[None], second[None]), strict=True):
        torch.testing.assert_close(mine, expected)
    torch.testing.assert_close(push_tangents(layer, h, a[None])[1], first[None])
