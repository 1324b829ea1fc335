"""Algorithms 2 and 3 where transport and shooting are known."""

import torch
from latent_geometry import PullbackMetric
from latent_geometry.measures.shao_fidelity import shooting_error, translation_error
from problems import SADDLE, SPHERE

FAST = {"control": "projection", "n_segments": 30}


def angles(x):
    """The inverse of the sphere's chart, constant along its normals."""
    return torch.stack(
        [torch.atan2(x[..., :2].norm(dim=-1), x[..., 2]), torch.atan2(x[..., 1], x[..., 0])], dim=-1
    )


def plane(generator):
    J = torch.randn(7, 3, dtype=torch.float64, generator=generator)
    inverse = torch.linalg.pinv(J)
    return (lambda z: z @ J.T), (lambda x: x @ inverse.T)


def test_on_a_plane_both_algorithms_are_exact(generator):
    """`eq-shao-shooting`, `eq-shao-transport`"""
    decoder, encoder = plane(generator)
    z0, z1, v = torch.randn(3, 4, 3, dtype=torch.float64, generator=generator)
    metric = PullbackMetric(decoder)
    shot = shooting_error(metric, decoder, encoder, z0, z1)
    assert shot.error.max() < 1e-6
    assert shot.control.max() < 1e-6
    moved = translation_error(metric, decoder, encoder, z0, z1, v, n_steps=4)
    assert moved.angle.max() < 1e-6
    assert moved.control.max() < 1e-6
    torch.testing.assert_close(moved.stretch, torch.ones(4, dtype=torch.float64))
    assert moved.converged.all()


def test_on_a_sphere_more_steps_come_nearer_and_the_equation_nearer_still(generator):
    """`eq-shao-shooting`: of first order in the step."""
    z0, z1 = SPHERE.sample_pairs(5, generator)
    few, many = (
        shooting_error(SPHERE.metric, SPHERE.immersion, angles, z0, z1, n_steps=n, rtol=1e-8)
        for n in (10, 40)
    )
    assert few.converged.all()
    assert (many.error < few.error / 3).all()
    assert (many.control < many.error).all()


def test_along_a_geodesic_of_the_sphere_translation_keeps_its_velocity_and_its_normal():
    """`eq-shao-transport`: directions that the projection does not shear."""
    z0, z1 = torch.tensor([[1.57079632679, 0.0]]).double(), torch.tensor([[1.57079632679, 1.0]]).double()
    v = torch.eye(2, dtype=torch.float64)
    found = translation_error(SPHERE.metric, SPHERE.immersion, angles, z0, z1, v, n_steps=5)
    assert found.angle.max() < 1e-6
    assert found.control.max() < 1e-6
    torch.testing.assert_close(found.stretch, torch.ones(2, dtype=torch.float64))


def test_between_those_directions_it_shears_by_less_the_more_steps_there_are():
    """`eq-shao-transport`"""
    z0, z1 = torch.tensor([[1.5707963, 0.0]]).double(), torch.tensor([[1.5707963, 1.0]]).double()
    v = torch.tensor([[1.0, 1.0]], dtype=torch.float64)
    few, many = (
        translation_error(SPHERE.metric, SPHERE.immersion, angles, z0, z1, v, n_steps=n, **FAST)
        for n in (5, 20)
    )
    assert 1e-3 < many.angle.item() < few.angle.item() / 3
    assert many.control.item() < 1e-6


def test_an_encoder_that_does_not_undo_the_decoder_misses_however_many_steps(generator):
    """`eq-shao-transport`, `eq-shao-shooting`: the last Jacobian, and every code."""

    def stretched(x):
        return x[..., :2] * 1.2

    z0, z1 = (z / 2 for z in SADDLE.sample_pairs(4, generator))
    v = torch.randn(4, 2, dtype=torch.float64, generator=generator)
    found = translation_error(SADDLE.metric, SADDLE.immersion, stretched, z0, z1, v, n_steps=20, **FAST)
    assert (found.stretch - 1.2).abs().max() < 0.05
    shots = [
        shooting_error(SADDLE.metric, SADDLE.immersion, stretched, z0, z1, n_steps=n).error for n in (5, 20)
    ]
    assert (shots[1] > 0.1).all()
