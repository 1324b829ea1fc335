"""Metrics without a surface: their isometries, and the divergence that one of them comes from."""

import torch
from problems import generator, points
from pullback.surfaces.metric_fields import FISHER_RAO, HALF_PLANE, POINCARE_BALL
from torch.distributions import Normal, kl_divergence


def test_moebius_maps_are_isometries_of_the_half_plane():
    """z -> (a z + b) / (c z + d) with a d - b c = 1, of z = x + i y."""

    def moved(z):
        w = torch.view_as_complex(z)
        return torch.view_as_real((2 * w + 0.3) / (0.5 * w + 0.575))

    z0, z1 = HALF_PLANE.sample_pairs(10, generator())
    torch.testing.assert_close(HALF_PLANE.distance(moved(z0), moved(z1)), HALF_PLANE.distance(z0, z1))
    J = torch.func.vmap(torch.func.jacfwd(moved))(z0)
    torch.testing.assert_close(J.mT @ HALF_PLANE.matrix(moved(z0)) @ J, HALF_PLANE.matrix(z0))


def test_the_ball_is_the_hyperboloid_seen_from_below():
    """cosh d = -<x, y> with x = (1 + |z|^2, 2 z) / (1 - |z|^2) in Minkowski space."""

    def lifted(z):
        square = z.square().sum(-1, keepdim=True)
        return torch.cat([1 + square, 2 * z], dim=-1) / (1 - square)

    z0, z1 = POINCARE_BALL.sample_pairs(10, generator())
    x, y = lifted(z0), lifted(z1)
    minkowski = x[:, 0] * y[:, 0] - (x[:, 1:] * y[:, 1:]).sum(-1)
    torch.testing.assert_close(POINCARE_BALL.distance(z0, z1).cosh(), minkowski)
    J = torch.func.vmap(torch.func.jacfwd(lifted))(z0)
    eta = torch.diag(points(-1.0, 1.0, 1.0, 1.0))
    torch.testing.assert_close(J.mT @ eta @ J, POINCARE_BALL.matrix(z0))


def test_fisher_and_rao_measure_twice_the_divergence_of_close_normal_distributions():
    z = FISHER_RAO.sample(10, generator())
    step = 1e-4 * points(0.6, -0.8)
    divergence = kl_divergence(Normal(*z.unbind(-1)), Normal(*(z + step).unbind(-1)))
    expected = torch.einsum("i,nij,j->n", step, FISHER_RAO.matrix(z), step)
    torch.testing.assert_close(2 * divergence, expected, rtol=2e-3, atol=0)
    torch.testing.assert_close(FISHER_RAO.distance(z, z + step) ** 2, expected, rtol=2e-3, atol=0)
