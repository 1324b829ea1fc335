"""Activations by name."""

from functools import partial

from torch import nn

from companion.suggestions import expected_one_of

ACTIVATIONS = {
    "elu": nn.ELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
    "relu": nn.ReLU,
    "leaky-relu": partial(nn.LeakyReLU, 0.2),
}


def activation(name: str) -> nn.Module:
    """Make the activation of that name: ELU is C1, ReLU has no curvature, the others are smooth.

    Raises:
        ValueError: for a name that is not in `ACTIVATIONS`.
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"activation: got {name!r}; {expected_one_of(name, ACTIVATIONS)}")
    return ACTIVATIONS[name]()
