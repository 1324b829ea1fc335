"""Few and many segments of one geodesic agree where ten are enough, and both know the saddle."""

import problems
import pytest
import torch
from companion.chapters.near_zero_curvature.arc_lengths import arc_lengths
from pullback import PullbackMetric, curve_length, linear_interpolation
from torch import nn


def test_both_find_the_known_lengths_on_the_sphere():
    z0, z1 = problems.SPHERE.sample_pairs(6, problems.generator(3))
    lengths = arc_lengths(problems.SPHERE.metric, z0, z1, tol=1e-5)
    exact = problems.SPHERE.distance(z0, z1)
    assert torch.allclose(lengths.fine.geodesic, exact, rtol=2e-4)
    assert torch.allclose(lengths.coarse.geodesic, exact, rtol=2e-3)
    assert lengths.fine.converged_share == lengths.coarse.converged_share == 1
    assert lengths.lost.abs().max() < 2e-3
    assert torch.equal(lengths.fine.straight, lengths.coarse.straight)
    line = linear_interpolation(z0, z1, 100)
    assert torch.allclose(lengths.fine.straight, curve_length(problems.SPHERE.metric, line))


def test_a_flat_manifold_saves_nothing_with_either():
    layer = nn.Linear(3, 20, dtype=torch.float64)
    z0, z1 = torch.randn(2, 4, 3, generator=problems.generator(1), dtype=torch.float64)
    lengths = arc_lengths(PullbackMetric(layer), z0, z1)
    assert lengths.coarse.shorter.abs().max() < 1e-9
    assert lengths.lost.abs().max() < 1e-9


def test_ten_segments_miss_a_bend_that_fifty_follow():
    def ridge(z):
        wave = torch.exp(-30 * (z[..., :1] - 0.05) ** 2 - 3 * z[..., 1:] ** 2)
        return torch.cat([z, wave], dim=-1)

    z0, z1 = torch.tensor([[[-1.0, 0.3]], [[1.0, 0.3]]], dtype=torch.float64)
    lengths = arc_lengths(PullbackMetric(ridge), z0, z1, tol=1e-4, max_steps=400)
    assert lengths.fine.shorter > 0.05
    assert lengths.lost < -0.01


def test_a_ruler_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="n_common: got 64, expected a multiple of 10 and 50"):
        arc_lengths(problems.SPHERE.metric, torch.zeros(1, 2), torch.ones(1, 2), n_common=64)
