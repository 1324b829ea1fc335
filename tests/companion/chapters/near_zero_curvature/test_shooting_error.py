"""Translation and shooting by the document's algorithms, with an exact encoder and with one that is off."""

import problems
import pytest
import torch
from companion.chapters.near_zero_curvature.shooting_error import shooting_error
from pullback import PullbackMetric
from torch import nn


def sphere_chart(x):
    """The inverse of the sphere's chart, constant along the normals."""
    return torch.stack(
        [torch.atan2(x[..., :2].norm(dim=-1), x[..., 2]), torch.atan2(x[..., 1], x[..., 0])], dim=-1
    )


ENDS = torch.tensor([[1.1, 0.2], [1.4, 0.9]], dtype=torch.float64)
V = torch.tensor([0.7, -0.4], dtype=torch.float64)


def on_sphere(encoder, **options):
    problem = problems.SPHERE
    return shooting_error(problem.metric, problem.immersion, encoder, *ENDS, V, **options)


def test_with_an_exact_encoder_both_errors_vanish_with_the_steps():
    errors = [on_sphere(sphere_chart, n_steps=n, n_segments=160) for n in (10, 40, 160)]
    assert all(one.converged for one in errors)
    assert errors[0].shot > 2 * errors[1].shot > 4 * errors[2].shot
    assert errors[2].angle < 0.2
    apart = [(one.shot_path - one.geodesic_path).norm(dim=-1).max() for one in errors]
    assert apart[0] > 2 * apart[1] > 4 * apart[2]
    assert all(one.integrated < 1e-3 for one in errors)


def test_an_encoder_that_is_off_misses_by_its_own_error():
    wrong = on_sphere(lambda x: sphere_chart(x) + 0.05, n_steps=10)
    assert wrong.shot > 0.2
    assert wrong.integrated < 1e-3


def test_on_a_flat_manifold_there_is_no_error():
    layer = nn.Linear(3, 8, dtype=torch.float64).requires_grad_(False)
    back = torch.linalg.pinv(layer.weight)
    z0, z1, v = torch.randn(3, 4, 3, generator=problems.generator(2), dtype=torch.float64)
    errors = shooting_error(PullbackMetric(layer), layer, lambda x: (x - layer.bias) @ back.T, z0, z1, v)
    assert errors.shot.max() < 1e-9
    assert errors.angle.max() < 1e-4


def test_segments_that_are_no_multiple_of_the_steps_are_refused():
    with pytest.raises(ValueError, match="n_segments: got 50, expected a multiple of n_steps, 7"):
        on_sphere(sphere_chart, n_steps=7)
