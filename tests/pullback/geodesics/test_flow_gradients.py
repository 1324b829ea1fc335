"""Derivatives of exp and log."""

import gradient_problems
import pytest
import torch
from gradient_problems import agrees_with_differences
from problems import HALF_PLANE, SPHERE, generator, points
from pullback import exp, exp_derivative, log

METRICS = {
    **gradient_problems.PARAMETRISED,
    "sphere": lambda: (SPHERE.metric, (), *(z.requires_grad_() for z in SPHERE.sample_pairs(2, generator()))),
    "half-plane": lambda: (
        HALF_PLANE.metric,
        (),
        *(z.requires_grad_() for z in HALF_PLANE.sample_pairs(2, generator())),
    ),
}


@pytest.mark.parametrize("problem", METRICS)
def test_exp_agrees_with_differences(problem):
    metric, parameters, z, v = METRICS[problem]()
    v = (0.3 * v).detach().requires_grad_()
    assert agrees_with_differences(lambda: exp(metric, z, v, rtol=1e-10), (z, v, *parameters))


@pytest.mark.parametrize("shooting", [True, False])
@pytest.mark.parametrize("problem", METRICS)
def test_log_agrees_with_differences(problem, shooting):
    metric, parameters, z0, z1 = METRICS[problem]()
    settings = {"rtol": 1e-9} if shooting else {"tol": 1e-9}
    assert agrees_with_differences(
        lambda: log(metric, z0, z1, shooting=shooting, n_segments=16, **settings), (z0, z1, *parameters)
    )


def test_the_derivative_of_exp_in_the_vector_is_that_of_jacobi_fields():
    metric, _, z, v = gradient_problems.small_decoder()
    rows = [torch.autograd.grad(exp(metric, z, v)[:, k].sum(), v)[0] for k in range(2)]
    torch.testing.assert_close(torch.stack(rows, dim=1), exp_derivative(metric, z.detach(), v.detach()))


def test_a_velocity_that_does_not_hit_has_no_gradient():
    z0, z1 = points([1.0, 0.0]).requires_grad_(), points([2.0, 1.0])
    found = log(SPHERE.metric, z0, z1, max_shots=1, return_result=True)
    assert not found.converged.any()
    with pytest.warns(UserWarning, match="log: 1 of 1 velocities have no gradient"):
        assert torch.autograd.grad(found.velocity.sum(), z0)[0].isnan().all()
