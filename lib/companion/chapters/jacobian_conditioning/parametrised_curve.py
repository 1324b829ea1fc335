"""A path whose bend is a small network, fitted by gradient descent: the slides' way to a geodesic."""

import math
from dataclasses import dataclass

import torch
from pullback.metrics.base import Metric
from torch import Tensor


@dataclass(frozen=True, eq=False)
class ParametrisedCurve:
    """A fitted path for each pair.

    Attributes:
        curve: (*batch, n_points, d) the path at equal steps of t, the ends exact.
        energy: (steps,) energy after each step of the descent, averaged over the pairs.
    """

    curve: Tensor
    energy: Tensor


def parametrised_curve(
    metric: Metric,
    z0: Tensor,
    z1: Tensor,
    *,
    hidden: int = 16,
    steps: int = 500,
    learning_rate: float = 0.02,
    n_points: int = 65,
    generator: torch.Generator,
) -> ParametrisedCurve:
    r"""Fit the path of Ramirez, Gallego and Puerta (2020), slide Fig. 3 (`eq-parametrised-curve`).

    $$g(t) = (1 - t)\, z_0 + t\, z_1 + t (1 - t)\, \psi(t), \qquad
    \min_\psi \int_0^1 \lVert J(g(t))\, \dot g(t) \rVert^2\, dt$$

    $\psi$ has one hidden layer of tanh units and a network of its own for each pair. The integral is the mean
    over equal steps of t, shifted at random in each step of Adam so that no place between them escapes. The
    rate falls to zero along half a cosine.

    Args:
        metric: a metric with an immersion.
        z0: (*batch, d) first ends.
        z1: (*batch, d) second ends.
        hidden: units of psi.
        steps: steps of Adam.
        learning_rate: its first rate.
        n_points: number of t in the mean, and of points of the result.
        generator: of the first weights and of the shifts.

    Returns:
        the paths and the course of the energy.

    Raises:
        ValueError: for a metric without features.
    """
    feature_map, d = metric.feature_map, z0.shape[-1]
    start, step = z0.reshape(-1, 1, d), (z1 - z0).reshape(-1, 1, d)
    pairs, drawn = len(start), {"generator": generator, "dtype": z0.dtype}
    slope = 4 * torch.randn(pairs, 1, hidden, **drawn)
    weights = [slope, -slope * torch.rand(pairs, 1, hidden, **drawn), z0.new_zeros(pairs, hidden, d)]
    for weight in weights:
        weight.requires_grad_()
    optimizer = torch.optim.Adam(weights, lr=learning_rate)
    energies = z0.new_zeros(steps)
    for i in range(steps):
        optimizer.param_groups[0]["lr"] = learning_rate * (1 + math.cos(math.pi * i / steps)) / 2
        t = (torch.arange(n_points, dtype=z0.dtype) + torch.rand(1, **drawn))[:, None] / n_points
        g, velocity = _path(start, step, weights, t)
        energy = feature_map.pushforward(g, velocity)[1].square().sum(-1).mean(-1)
        optimizer.zero_grad()
        energy.sum().backward()
        optimizer.step()
        energies[i] = energy.detach().mean()
    t = torch.linspace(0, 1, n_points, dtype=z0.dtype)[:, None]
    with torch.no_grad():
        curve = _path(start, step, weights, t)[0]
    return ParametrisedCurve(curve.reshape(*z0.shape[:-1], n_points, d), energies)


def _path(start: Tensor, step: Tensor, weights: list[Tensor], t: Tensor) -> tuple[Tensor, Tensor]:
    """Evaluate the paths and their velocities at times t (n, 1): two tensors (pairs, n, d)."""
    slope, shift, out = weights
    h = torch.tanh(t * slope + shift)
    psi, rate = h @ out, ((1 - h.square()) * slope) @ out
    return start + t * step + t * (1 - t) * psi, step + (1 - 2 * t) * psi + t * (1 - t) * rate
