"""The derivative of a Frechet mean."""

import gradient_problems
import pytest
import torch
from gradient_problems import agrees_with_differences
from problems import HALF_PLANE, points
from pullback import EuclideanMetric, frechet_mean


@pytest.mark.parametrize("problem", gradient_problems.PARAMETRISED)
def test_means_and_variances_agree_with_differences(problem):
    metric, parameters, z0, z1 = gradient_problems.PARAMETRISED[problem]()
    Z = torch.cat([z0, z1, 0.3 * z0]).detach().requires_grad_()
    weights = torch.tensor([0.4, 1.0, 0.7], dtype=torch.float64, requires_grad=True)
    settings = {"tol": 1e-9, "n_segments": 12, "return_result": True}

    def found():
        result = frechet_mean(metric, Z, weights, **settings)
        return torch.cat([result.mean, result.variance[None]])

    assert agrees_with_differences(found, (Z, weights, *parameters))


def test_the_mean_of_a_flat_space_moves_with_its_points():
    Z = points([0.0, 0.0], [1.0, 0.0], [0.0, 3.0]).requires_grad_()
    mean = frechet_mean(EuclideanMetric(), Z)
    torch.testing.assert_close(torch.autograd.grad(mean[0], Z)[0], points([1, 0], [1, 0], [1, 0]) / 3)


def test_on_a_vertical_line_of_the_half_plane_the_mean_is_the_geometric_one():
    Z = points([0.0, 1.0], [0.0, 4.0]).requires_grad_()
    mean = frechet_mean(HALF_PLANE.metric, Z, tol=1e-9, n_segments=64)
    gradient = torch.autograd.grad(mean[1], Z)[0]  # of sqrt(y0 y1)
    torch.testing.assert_close(gradient[:, 1], torch.tensor([1.0, 0.25]).double(), rtol=1e-3, atol=0)


def test_a_mean_that_did_not_converge_has_no_gradient():
    Z = points([0.0, 1.0], [2.0, 4.0], [1.0, 0.5]).requires_grad_()
    found = frechet_mean(HALF_PLANE.metric, Z, max_steps=0, return_result=True)
    with pytest.warns(UserWarning, match="frechet_mean: 1 of 1 means have no gradient"):
        assert torch.autograd.grad(found.mean.sum(), Z)[0].isnan().all()
