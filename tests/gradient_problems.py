"""Metrics with parameters to be trained in, and the check of a derivative against differences."""

import torch
from problems import generator
from pullback import MetricField, PullbackMetric
from torch import nn
from torch.autograd import gradcheck


def small_decoder():
    """A trainable metric of a small network, its weights, and pairs of codes."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 5)).double()
    return PullbackMetric(network, trainable=True), tuple(network.parameters()), *pairs()


def formula():
    """A metric by formula with one parameter, that parameter, and pairs of points."""
    a = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)

    def matrix(z):
        return (1 + a * z.square().sum(-1))[..., None, None] * torch.eye(2, dtype=z.dtype)

    return MetricField(matrix), (a,), *pairs()


def immersion():
    """A trainable metric of a function with one parameter, that parameter, and pairs of points."""
    a = torch.tensor(0.6, dtype=torch.float64, requires_grad=True)
    metric = PullbackMetric(
        lambda z: torch.cat([z, a * z.square().sum(-1, keepdim=True)], dim=-1), trainable=True
    )
    return metric, (a,), *pairs()


PARAMETRISED = {"network": small_decoder, "formula": formula, "immersion": immersion}


def pairs():
    z = torch.randn(2, 1, 2, dtype=torch.float64, generator=generator(3))
    return z[0].requires_grad_(), z[1].requires_grad_()


def agrees_with_differences(function, inputs) -> bool:
    """Compare the gradient with difference quotients to 1e-6, along a direction of each input."""
    settings = {"atol": 1e-6, "rtol": 1e-5, "eps": 1e-5, "fast_mode": True, "check_undefined_grad": False}
    return gradcheck(lambda *_: function(), inputs, **settings)
