"""Derivatives of geodesics: closed forms, differences, and where there is none."""

import warnings

import gradient_problems
import pytest
import torch
from gradient_problems import agrees_with_differences
from live_memory import PeakMemory
from problems import FISHER_RAO, HALF_PLANE, POINCARE_BALL, SPHERE, generator, normal, points
from pullback import PullbackMetric, distance, distance_matrix, geodesic

EXACT = {"tol": 1e-9}


@pytest.mark.parametrize("problem", [SPHERE, HALF_PLANE, POINCARE_BALL, FISHER_RAO], ids=str)
def test_distances_have_the_gradient_of_the_closed_form(problem):
    z0, z1 = (z.requires_grad_() for z in problem.sample_pairs(6, generator()))
    found = torch.autograd.grad(distance(problem.metric, z0, z1, n_segments=128, **EXACT).sum(), (z0, z1))
    exact = torch.autograd.grad(problem.distance(z0, z1).sum(), (z0, z1))
    torch.testing.assert_close(found, exact, rtol=1e-4, atol=1e-4)  # chords of the second order


@pytest.mark.convergence
def test_the_gradient_converges_to_the_closed_form_with_the_square_of_the_segments():
    z0, z1 = (z.requires_grad_() for z in SPHERE.sample_pairs(6, generator()))
    exact = torch.autograd.grad(SPHERE.distance(z0, z1).sum(), z0)[0]

    def error(n):
        found = distance(SPHERE.metric, z0, z1, n_segments=n, **EXACT)
        return (torch.autograd.grad(found.sum(), z0)[0] - exact).abs().max()

    assert error(32) / error(64) == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize("problem", gradient_problems.PARAMETRISED)
def test_distances_and_curves_agree_with_differences_in_ends_and_parameters(problem):
    metric, parameters, z0, z1 = gradient_problems.PARAMETRISED[problem]()
    inputs = (z0, z1, *parameters)
    assert agrees_with_differences(lambda: distance(metric, z0, z1, **EXACT), inputs)
    solved = {"n_segments": 8, **EXACT}
    assert agrees_with_differences(lambda: geodesic(metric, z0, z1, **solved).energy, inputs)
    assert agrees_with_differences(lambda: geodesic(metric, z0, z1, **solved).curve, inputs)


def test_a_matrix_of_distances_is_as_differentiable_as_its_pairs():
    metric, parameters, z0, z1 = gradient_problems.small_decoder()
    Z = torch.cat([z0, z1, 0.5 * z0, -z1]).detach().requires_grad_()
    D = distance_matrix(metric, Z, chunk=4)
    i, j = torch.triu_indices(4, 4, offset=1)
    whole = torch.autograd.grad(D.sum(), (Z, *parameters), allow_unused=True)
    one = torch.autograd.grad(2 * distance(metric, Z[i], Z[j]).sum(), (Z, *parameters), allow_unused=True)
    torch.testing.assert_close(whole[:4], one[:4])


def test_a_distance_of_zero_has_gradient_zero_as_a_norm_has():
    z0 = points([1.0, 0.2], [1.2, 0.4]).requires_grad_()
    z1 = points([1.0, 0.2], [1.2, 0.9])
    found = torch.autograd.grad(distance(SPHERE.metric, z0, z1).sum(), z0)[0]
    assert (found[0] == 0).all()
    assert (found[1] != 0).any()


def test_a_pair_that_is_not_solved_has_no_gradient_and_is_named():
    z0, z1 = (z.requires_grad_() for z in SPHERE.sample_pairs(2, generator()))
    found = geodesic(SPHERE.metric, z0, z1, max_steps=0, starts="line")
    with pytest.warns(UserWarning, match=r"the pair \(2.35, 0.416\), .* and 1 others has no gradient"):
        gradient = torch.autograd.grad(found.length.sum(), z0)[0]
    assert gradient.isnan().all()


def test_a_pair_that_is_left_out_spoils_nothing():
    metric, parameters, z0, z1 = gradient_problems.small_decoder()
    near = z0 + 1e-3 * z1
    z0, z1 = torch.cat([z0, z0]).detach().requires_grad_(), torch.cat([near, z1]).detach()
    found = geodesic(metric, z0, z1, max_steps=1, starts="line")
    assert found.converged.tolist() == [True, False]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gradients = torch.autograd.grad(found.length[found.converged].sum(), (z0, *parameters[:3]))
    assert all(g.isfinite().all() for g in gradients)
    assert (gradients[0][1] == 0).all()


def test_a_pair_behind_a_hill_has_two_geodesics_and_is_named():
    hill = PullbackMetric(lambda z: torch.cat([z, 3 * torch.exp(-2 * z.square().sum(-1, True))], dim=-1))
    z0, z1 = points([-2.0, 0.0], [-2.0, 0.5]).requires_grad_(), points([2.0, 0.0])
    found = geodesic(hill, z0, z1)
    assert found.converged.all()
    assert found.margin[0] < 1e-6 < 1e-2 < found.margin[1]
    with pytest.warns(UserWarning, match=r"the pair \(-2, 0\), \(2, 0\) has a one-sided gradient") as seen:
        one = torch.autograd.grad(found.length.sum(), z0)[0]
    assert len(seen) == 1
    # A little to either side the gradient is another one: it has no value in between.
    sides = points([-2.0, 0.02], [-2.0, -0.02]).requires_grad_()
    above, below = torch.autograd.grad(distance(hill, sides, z1).sum(), sides)[0]
    assert above[1] == pytest.approx(-below[1].item(), rel=1e-3)
    assert one[0, 1].abs() > 0.3


def test_antipodes_of_the_sphere_are_conjugate_and_named():
    z0, z1 = points([torch.pi / 2, 0.0]).requires_grad_(), points([torch.pi / 2, 3.14])
    with pytest.warns(UserWarning, match="nearly conjugate"):
        torch.autograd.grad(distance(SPHERE.metric, z0, z1, starts="line").sum(), z0)
    z1 = points([torch.pi / 2, 3.0])  # where the second variation is a tenth of that of a line
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.autograd.grad(distance(SPHERE.metric, z0, z1, starts="line").sum(), z0)


def test_memory_does_not_grow_with_the_steps_of_the_solver():
    metric, parameters, *_ = gradient_problems.small_decoder()
    z0, z1 = normal(2, 4, 2, seed=3).requires_grad_()

    def peak(tol):
        with PeakMemory() as memory:
            found = geodesic(metric, z0, z1, tol=tol, starts="line", newton_after=100)
            found.length.sum().backward()
        return memory.peak, int(found.n_steps.max())

    (few, steps), (many, more) = peak(1e-1), peak(1e-10)
    assert more >= 4 * max(steps, 1), (steps, more)
    assert many == pytest.approx(few, rel=0.05)
    assert parameters[0].grad is not None
