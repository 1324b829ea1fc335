"""Multilayer perceptrons as plain `nn.Sequential`s of linear and elementwise modules."""

from collections.abc import Sequence

from torch import nn

from companion.models.networks.activations import activation


def mlp(n_in: int, hidden: Sequence[int], n_out: int, *, activation_name: str = "elu") -> nn.Sequential:
    """Stack affine layers with an activation between every two.

    Args:
        n_in: size of the input axis.
        hidden: sizes of the hidden layers, from the input on; may be empty, then the map is affine.
        n_out: size of the output axis.
        activation_name: a name of `ACTIVATIONS`.

    Returns:
        a map (*batch, n_in) -> (*batch, n_out) that ends in an affine layer.
    """
    sizes = [n_in, *hidden, n_out]
    layers: list[nn.Module] = []
    for i in range(len(sizes) - 1):
        layers += [nn.Linear(sizes[i], sizes[i + 1]), activation(activation_name)]
    return nn.Sequential(*layers[:-1])
