"""Decoders of codes that are given: the models of a page whose latents are known."""

import torch
from torch import Tensor, nn

from companion.models.networks.mlp import mlp
from companion.models.uncertain.rbf_precision import fit_weights, place_centres, rbf_std
from companion.models.uncertain.two_stage_vae import fit_by_gradient


def fit_mean(
    z: Tensor,
    x: Tensor,
    *,
    hidden: tuple[int, ...] = (32, 32),
    n_steps: int = 1500,
    seed: int = 0,
    noise: float = 0.0,
) -> nn.Sequential:
    """Fit a tanh network (*batch, d) -> (*batch, D) to data by least squares, with Adam on all points.

    Args:
        z: (n, d) codes.
        x: (n, D) data.
        hidden: widths.
        n_steps: steps, at a rate that falls from 0.01 to zero.
        seed: of weights and noise.
        noise: standard deviation of the codes, drawn anew in each step, as in a VAE; 0 for an autoencoder.

    Returns:
        the network in double precision, in eval mode, without gradients.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        network = mlp(z.shape[-1], hidden, x.shape[-1], activation_name="tanh").double()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    for step in range(n_steps):
        optimizer.param_groups[0]["lr"] = 1e-2 * (1 - step / n_steps)
        moved = z + noise * torch.randn(z.shape, generator=generator, dtype=z.dtype)
        loss = (network(moved) - x).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network.eval().requires_grad_(False)


def fit_variance_network(
    z: Tensor, squares: Tensor, *, hidden: tuple[int, ...] = (32, 32), n_steps: int = 1500, seed: int = 0
) -> nn.Sequential:
    """Fit a standard deviation, a tanh network that ends in a softplus, to squared errors (n, D) at codes."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed + 1)
        body = mlp(z.shape[-1], hidden, squares.shape[-1], activation_name="tanh").double()
    std = nn.Sequential(*body, nn.Softplus())
    fit_by_gradient(std, z, squares, n_steps=n_steps, learning_rate=1e-2, generator=generator)
    return std.eval().requires_grad_(False)


def fit_rbf(
    z: Tensor, squares: Tensor, *, n_centres: int, bandwidth_scale: float, zeta: float, seed: int = 0
) -> nn.Sequential:
    """Fit a standard deviation by radial basis functions to squared errors (n, D) at codes (n, d)."""
    std = rbf_std(n_centres, z.shape[-1], squares.shape[-1], zeta=zeta).double()
    place_centres(std[0], z, bandwidth_scale=bandwidth_scale, seed=seed)
    fit_weights(std, z, squares, n_steps=200)
    return std.eval().requires_grad_(False)
