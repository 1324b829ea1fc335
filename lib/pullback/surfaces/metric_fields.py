"""Metrics given directly, without a surface."""

import math

import torch
from torch import Tensor

from pullback.surfaces.forms import christoffel_symbols, constant, gaussian_only
from pullback.surfaces.problem import Problem

HALF_PLANE = Problem(
    name="Poincare half-plane",
    d=2,
    low=(-1, 0.5),
    high=(1, 2),
    matrix=lambda z: torch.eye(2, dtype=z.dtype, device=z.device) / z[..., 1, None, None] ** 2,
    christoffels=lambda z: christoffel_symbols(
        z, g0_01=-1 / z[..., 1], g1_00=1 / z[..., 1], g1_11=-1 / z[..., 1]
    ),
    distance=lambda z0, z1: torch.acosh(1 + (z1 - z0).square().sum(-1) / (2 * z0[..., 1] * z1[..., 1])),
    **gaussian_only(constant(-1)),
)


def _ball_distance(z0: Tensor, z1: Tensor) -> Tensor:
    inside = (1 - z0.square().sum(-1)) * (1 - z1.square().sum(-1))
    return torch.acosh(1 + 2 * (z1 - z0).square().sum(-1) / inside)


POINCARE_BALL = Problem(
    name="Poincare ball",
    d=3,
    low=(-0.45, -0.45, -0.45),
    high=(0.45, 0.45, 0.45),
    matrix=lambda z: (
        4 * torch.eye(3, dtype=z.dtype, device=z.device) / (1 - z.square().sum(-1))[..., None, None] ** 2
    ),
    sectional=constant(-1),
    scalar=constant(-6),
    distance=_ball_distance,
)

FISHER_RAO = Problem(
    name="Fisher-Rao metric of normal distributions",
    d=2,
    low=(-1, 0.5),
    high=(1, 2),
    matrix=lambda z: (
        torch.diag(torch.tensor([1.0, 2.0], dtype=z.dtype, device=z.device)) / z[..., 1, None, None] ** 2
    ),
    christoffels=lambda z: christoffel_symbols(
        z, g0_01=-1 / z[..., 1], g1_00=1 / (2 * z[..., 1]), g1_11=-1 / z[..., 1]
    ),
    distance=lambda z0, z1: (
        math.sqrt(2)
        * torch.acosh(
            1 + ((z1 - z0)[..., 0] ** 2 / 2 + (z1 - z0)[..., 1] ** 2) / (2 * z0[..., 1] * z1[..., 1])
        )
    ),
    **gaussian_only(constant(-0.5)),
)
