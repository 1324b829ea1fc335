"""Derivatives of exp and log."""

import gradient_problems
import pytest
import torch
from gradient_problems import agrees_with_differences
from live_memory import PeakMemory
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
    v = (0.2 * v).detach().requires_grad_()
    assert agrees_with_differences(lambda: exp(metric, z, v, rtol=1e-10), (z, v, *parameters))


@pytest.mark.parametrize("shooting", [True, False])
@pytest.mark.parametrize("problem", METRICS)
def test_log_agrees_with_differences(problem, shooting):
    metric, parameters, z0, z1 = METRICS[problem]()
    z1 = (z0 + 0.3 * (z1 - z0)).detach().requires_grad_()  # a short shot is integrated in few steps
    settings = {"rtol": 1e-9} if shooting else {"tol": 1e-9}
    assert agrees_with_differences(
        lambda: log(metric, z0, z1, shooting=shooting, n_segments=8, **settings), (z0, z1, *parameters)
    )


def test_a_curve_and_its_velocities_have_the_derivatives_of_the_ends_of_its_parts():
    metric, parameters, z, v = gradient_problems.immersion()
    v = (0.2 * v).detach().requires_grad_()
    inputs = (z, v, *parameters)
    found = exp(metric, z, v, n_segments=3, return_result=True)
    path = exp(metric, z, v, n_segments=3, return_path=True)
    assert torch.equal(path, found.curve)
    for k in (1, 3):
        ends = torch.autograd.grad(exp(metric, z, v, t=k / 3).sum(), inputs)
        for curve in (path, found.curve):
            nodes = torch.autograd.grad(curve[:, k].sum(), inputs, retain_graph=True)
            torch.testing.assert_close(nodes, ends, rtol=1e-6, atol=1e-8)
    assert torch.autograd.grad(path[:, 0].sum(), v, allow_unused=True, retain_graph=True)[0].abs().sum() == 0


@pytest.mark.parametrize("of", ["velocity", "curve"])
def test_the_result_of_exp_agrees_with_differences(of):
    metric, parameters, z, v = gradient_problems.immersion()
    v = (0.2 * v).detach().requires_grad_()
    settings = {"rtol": 1e-10, "n_segments": 2, "return_result": True}
    assert agrees_with_differences(lambda: getattr(exp(metric, z, v, **settings), of), (z, v, *parameters))


def test_a_curve_keeps_no_graph_of_the_integrators_steps():
    metric, _, z, v = gradient_problems.small_decoder()
    v = 3 * v
    exp(metric, z, v, n_segments=2, return_path=True)  # what a metric keeps of its first use is no graph

    def held(rtol):
        with PeakMemory() as memory:
            path = exp(metric, z, v, n_segments=2, rtol=rtol, return_path=True)
            after = memory.live
        return after, int(exp(metric, z, v, rtol=rtol, return_result=True).n_steps), path

    (few, steps, path), (many, more, _) = held(1e-4), held(1e-9)
    assert more >= 3 * steps
    assert many == few
    assert path.requires_grad


def test_a_geodesic_that_goes_astray_spoils_no_gradient_but_its_own():
    """In the half-plane a vector of 1e9 is not followed in ten steps."""
    z = points([0.0, 1.0], [0.0, 1.0]).requires_grad_()
    found = exp(HALF_PLANE.metric, z, points([0.3, 0.2], [1e9, 1e9]), return_result=True, max_steps=10)
    assert found.converged.tolist() == [True, False]
    gradient = torch.autograd.grad(found.point[0].sum(), z)[0]
    assert gradient[0].isfinite().all()
    assert (gradient[1] == 0).all()


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
