"""Speed along rays: constant on a plane, falling where a sigmoid saturates."""

import pytest
import torch
from companion.chapters.disentangled_curvature.saturation import ray_speeds
from companion.measures.space import Space
from torch import nn

POINTS = torch.arange(20)


def space_of(*after):
    layer = nn.Linear(3, 5, dtype=torch.float64)
    codes = torch.randn(40, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return Space(nn.Sequential(layer, *after), codes), layer


def test_a_plane_has_one_speed_the_length_of_the_direction_that_it_stretches():
    space, layer = space_of(nn.Identity())
    near, far = ray_speeds(space, POINTS, (1.0, 16.0))
    away = space.codes[POINTS] - space.codes.mean(0)
    lengths = (away @ layer.weight.T).norm(dim=-1) / away.norm(dim=-1)
    assert near == pytest.approx(far) == pytest.approx(lengths.median().item())


def test_behind_a_sigmoid_the_speed_falls_to_nothing_far_out():
    near, far = ray_speeds(space_of(nn.Sigmoid())[0], POINTS, (1.0, 64.0))
    assert far < 0.05 * near
