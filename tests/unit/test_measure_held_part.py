"""Where the unspecified code is held: readings known on a sphere, and a decoder that ignores that code."""

import math

import pytest
import torch
from latent_geometry.measures.code_space import CodeSpace, code_space
from latent_geometry.measures.held_part import brief_readings, held_at
from latent_geometry.surfaces import SPHERE
from latent_geometry.training import TrainingConfig, initial_model
from torch import nn

HOW = {"n_points": 6, "step": 0.1, "seed": 0}


class Sphere(nn.Module):
    """The unit sphere in longitude and latitude."""

    def __init__(self, radius=1.0):
        super().__init__()
        self.radius = radius

    def forward(self, z):
        return self.radius * SPHERE.immersion(z)


def sphere_of(radius):
    draw = torch.rand(12, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return CodeSpace(0.6 + 0.8 * draw, torch.arange(12) % 3, Sphere(radius))


def test_readings_of_a_sphere_are_its_angles():
    space = sphere_of(1.0)
    found = brief_readings(space, torch.arange(8), **HOW)
    x = SPHERE.immersion(space.codes[:8])
    arcs = torch.arccos((x @ x.T).clamp(-1, 1))[*torch.triu_indices(8, 8, 1)]
    assert found.size == pytest.approx(arcs.median().item() ** 2, rel=5e-3)  # K = 1
    assert found.turn == pytest.approx(math.degrees(2 * math.asin(0.1 / 2)) / 2, abs=1e-4)
    assert found.converged == 1


def test_a_larger_sphere_is_as_curved_over_its_own_lengths_and_turns_less_over_the_same():
    small, large = (brief_readings(sphere_of(r), torch.arange(8), **HOW) for r in (1.0, 3.0))
    assert large.size == pytest.approx(small.size, rel=1e-3)
    assert large.c_hat == pytest.approx(small.c_hat, abs=1e-3)
    assert large.turn == pytest.approx(small.turn / 3, rel=1e-2)


@pytest.fixture
def model():
    config = TrainingConfig(model="mathieu-conv", latent_dim=8, options={"specified_dim": 4}, device="cpu")
    return initial_model(config, (1, 28, 28), 10).eval()


def test_held_at_a_picture_the_model_draws_that_picture_s_looks_for_every_code(model):
    images = torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    space, parts = code_space(model, images, torch.arange(6)), model.encode_parts(images)
    for held, z in zip(held_at(model, space, images[:2]), parts.unspecified, strict=False):
        expected = model.decode_parts(parts.specified, z.expand(6, 4))
        assert torch.allclose(held.decoder(held.codes), expected, atol=1e-5)
        assert not torch.allclose(held.decoder(held.codes), space.decoder(space.codes), atol=1e-5)
        assert held.codes is space.codes


def test_no_reading_moves_where_the_decoder_ignores_the_unspecified_code(model):
    with torch.no_grad():
        model.decoder[0].body[0].unspecified.weight.zero_()
    images = torch.rand(12, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    space = code_space(model, images, torch.arange(12) % 3)
    rows, how = torch.arange(4), HOW | {"n_points": 4, "step": 0.01}
    at_mean, at_picture = (
        brief_readings(one, rows, **how) for one in (space, *held_at(model, space, images[:1]))
    )
    assert at_picture == at_mean
