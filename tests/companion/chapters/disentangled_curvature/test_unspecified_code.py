"""Where the unspecified code is fixed: readings known on a sphere, and a decoder that ignores that code."""

import math

import pytest
import torch
from companion.chapters.disentangled_curvature.unspecified_code import fixed_at, local_readings
from companion.measures.space import Space, code_space
from companion.training import TrainingConfig, initial_model
from pullback.surfaces import SPHERE
from torch import nn

POINTS = torch.arange(9)


class Sphere(nn.Module):
    """A sphere in longitude and latitude."""

    def __init__(self, radius):
        super().__init__()
        self.radius = radius

    def forward(self, z):
        return self.radius * SPHERE.immersion(z)


def sphere_of(radius):
    draw = torch.rand(12, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return Space(Sphere(radius), 0.6 + 0.8 * draw, torch.arange(12) % 3)


def test_readings_of_a_sphere_are_its_angle_and_its_squared_chord_over_its_radius():
    space = sphere_of(1.0)
    found = local_readings([space], POINTS, step=0.1, seed=0)
    chord = torch.pdist(SPHERE.immersion(space.codes[POINTS])).median().item()
    assert found.scaled_curvature == pytest.approx(chord**2, rel=1e-9)
    # Of the two principal angles one is zero and one the angle between the points, 2 asin(chord / 2).
    assert found.tangent_angle == pytest.approx(math.degrees(2 * math.asin(0.1 / 2)) / 2, abs=1e-4)


def test_a_larger_sphere_is_as_curved_over_its_own_lengths_and_turns_less_over_the_same():
    small, large = (local_readings([sphere_of(r)], POINTS, step=0.1, seed=0) for r in (1.0, 3.0))
    assert large.scaled_curvature == pytest.approx(small.scaled_curvature, rel=1e-9)
    assert large.tangent_angle == pytest.approx(small.tangent_angle / 3, rel=1e-2)


def test_one_space_for_all_points_reads_as_the_same_space_for_each():
    together, apart = (
        local_readings([sphere_of(1.0)] * n, POINTS, step=0.1, seed=0) for n in (1, len(POINTS))
    )
    assert apart.tangent_angle == pytest.approx(together.tangent_angle, abs=1e-9)
    assert apart.scaled_curvature == pytest.approx(together.scaled_curvature, rel=1e-9)
    with pytest.raises(ValueError, match="spaces: got 2, expected 1 or one for each of 9 points"):
        local_readings([sphere_of(1.0)] * 2, POINTS, step=0.1, seed=0)


def test_each_point_is_read_on_the_space_of_its_own():
    # Spheres about one centre: every point lies on one of its own radius, and turns as that one does.
    radii = [1.0 + 0.2 * k for k in range(len(POINTS))]
    found = local_readings([sphere_of(r) for r in radii], POINTS, step=0.1, seed=0)
    expected = sum(math.degrees(2 * math.asin(0.1 / 2 / r)) / 2 for r in radii) / len(radii)
    assert found.tangent_angle == pytest.approx(expected, abs=1e-4)
    x = torch.stack([r * SPHERE.immersion(z) for r, z in zip(radii, sphere_of(1.0).codes, strict=False)])
    middle = sorted(radii)[len(radii) // 2]  # K is 1 / r^2
    assert found.scaled_curvature == pytest.approx(torch.pdist(x).median().item() ** 2 / middle**2, rel=1e-9)


@pytest.fixture
def model():
    config = TrainingConfig(model="mathieu-conv", latent_dim=8, options={"specified_dim": 4}, device="cpu")
    return initial_model(config, (1, 28, 28), 10).eval()


@pytest.fixture
def images():
    return torch.rand(9, 1, 28, 28, generator=torch.Generator().manual_seed(1))


def test_fixed_at_a_picture_the_model_draws_every_code_in_that_pictures_looks(model, images):
    space, parts = code_space(model, images, torch.arange(9)), model.encode_parts(images)
    for fixed, z in zip(fixed_at(model, space, images[:2]), parts.unspecified, strict=False):
        expected = model.decode_parts(parts.specified, z.expand(9, 4))
        assert torch.allclose(fixed.decoder(fixed.codes), expected, atol=1e-5)
        assert not torch.allclose(fixed.decoder(fixed.codes), space.decoder(space.codes), atol=1e-5)
        assert fixed.codes is space.codes


def test_no_reading_moves_where_the_decoder_ignores_the_unspecified_code(model, images):
    with torch.no_grad():
        model.decoder[0].body[0].unspecified.weight.zero_()
    space = code_space(model, images, torch.arange(9) % 3)
    at_mean = local_readings([space], POINTS, step=0.01, seed=0)
    own = local_readings(fixed_at(model, space, images), POINTS, step=0.01, seed=0)
    assert own.tangent_angle == pytest.approx(at_mean.tangent_angle, rel=1e-3)
    assert own.scaled_curvature == pytest.approx(at_mean.scaled_curvature, rel=1e-3)
