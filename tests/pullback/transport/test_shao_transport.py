"""Shao, Kumar and Fletcher (2017), Algorithms 2 and 3, against parallel transport and exp."""

import math

import problems
import pytest
import torch
from pullback import exp, parallel_transport
from pullback.transport.shao_transport import shao_shooting, shao_translation

pytestmark = pytest.mark.paper


def sphere_chart(x):
    """Inverse of the chart of problems.SPHERE, constant along the normals."""
    return torch.stack(
        [torch.atan2(x[..., :2].norm(dim=-1), x[..., 2]), torch.atan2(x[..., 1], x[..., 0])], dim=-1
    )


def torus_chart(x):
    """Inverse of the chart of problems.TORUS, constant along the normals."""
    tube = x[..., :2].norm(dim=-1) - 3
    return torch.stack([torch.atan2(x[..., 2], tube), torch.atan2(x[..., 1], x[..., 0])], dim=-1)


def graph_chart(x):
    """Left inverse of a graph's chart that ignores the height: exact on the surface, oblique off it."""
    return x[..., :2]


CASES = [
    (problems.SPHERE, sphere_chart),
    (problems.TORUS, torus_chart),
    (problems.SADDLE, graph_chart),
]
V = torch.tensor([0.7, -0.4], dtype=torch.float64)


def path(problem, n):
    t = torch.linspace(0, 1, n + 1, dtype=torch.float64)
    return torch.stack([1.1 + 0.5 * torch.sin(2 * t), 0.2 + 0.8 * t], dim=1)


@pytest.mark.convergence
@pytest.mark.parametrize(("problem", "encoder"), CASES, ids=lambda x: str(x) if hasattr(x, "name") else "")
def test_translation_tends_to_parallel_transport_at_first_order(problem, encoder):
    """eq-shao-transport"""
    truth = parallel_transport(problem.metric, path(problem, 400), V)
    errors = [
        (shao_translation(problem.immersion, encoder, path(problem, n), V) - truth).norm()
        for n in (40, 80, 160)
    ]
    assert errors[-1] < 0.02
    assert math.log2(errors[1] / errors[2]) > 0.9


def test_translation_keeps_the_length():
    """eq-shao-transport"""
    curve = path(problems.TORUS, 15)
    found = shao_translation(problems.TORUS.immersion, torus_chart, curve, V)
    lengths = [problems.TORUS.metric.norm(z, v) for z, v in ((curve[0], V), (curve[-1], found))]
    assert lengths[0].item() == pytest.approx(lengths[1].item(), abs=1e-12)


def test_as_printed_the_projection_does_nothing():
    """The erratum of eq-shao-transport: U has orthonormal columns, so U^T U is the identity."""
    _, J = problems.TORUS.metric.features_and_jacobian(path(problems.TORUS, 1)[0])
    U = torch.linalg.svd(J, full_matrices=False).U
    torch.testing.assert_close(U.mT @ U, torch.eye(2, dtype=torch.float64))
    assert (U @ U.mT - torch.eye(3, dtype=torch.float64)).norm() > 0.9


@pytest.mark.convergence
@pytest.mark.parametrize(("problem", "encoder"), CASES, ids=lambda x: str(x) if hasattr(x, "name") else "")
def test_shooting_tends_to_exp_at_first_order(problem, encoder):
    """eq-shao-shooting, eq-exp"""
    z = torch.tensor([1.1, 0.2], dtype=torch.float64)
    truth = exp(problem.metric, z, V)
    errors = []
    for n in (40, 80, 160):
        nodes = shao_shooting(problem.immersion, encoder, z, V, n_steps=n)
        assert nodes.shape == (n + 1, 2)
        errors.append((nodes[-1] - truth).norm())
    assert errors[-1] < 0.03
    assert math.log2(errors[1] / errors[2]) > 0.9


def test_batches_equal_their_rows():
    z = problems.TORUS.sample(3, problems.generator())
    batch = shao_shooting(problems.TORUS.immersion, torus_chart, z, V, n_steps=5)
    rows = [shao_shooting(problems.TORUS.immersion, torus_chart, w, V, n_steps=5) for w in z]
    torch.testing.assert_close(batch, torch.stack(rows))
    v = torch.randn(3, 2, dtype=torch.float64, generator=problems.generator())
    curve = path(problems.TORUS, 6)
    fan = shao_translation(problems.TORUS.immersion, torus_chart, curve, v)
    rows = [shao_translation(problems.TORUS.immersion, torus_chart, curve, w) for w in v]
    torch.testing.assert_close(fan, torch.stack(rows))


def test_bad_arguments_are_named():
    z = torch.ones(2, dtype=torch.float64)
    with pytest.raises(ValueError, match="n_steps: got 0"):
        shao_shooting(problems.TORUS.immersion, torus_chart, z, V, n_steps=0)
    with pytest.raises(ValueError, match="curve: got shape"):
        shao_translation(problems.TORUS.immersion, torus_chart, z, V)
