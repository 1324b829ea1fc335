"""Second fundamental form and mean curvature."""

import math

import pytest
import torch
from problems import SURFACES, generator
from pullback import mean_curvature, second_fundamental_form
from pullback.maps.differentiated_map import jacobian
from torch import nn


@pytest.mark.parametrize("problem", SURFACES, ids=str)
def test_mean_curvature_has_the_length_of_the_closed_form_and_is_normal(problem):
    """`eq-mean-curvature`."""
    z = problem.sample(10, generator())
    h = mean_curvature(problem.immersion, z)
    torch.testing.assert_close(h.norm(dim=-1), problem.mean_curvature(z), rtol=1e-9, atol=1e-10)
    assert torch.einsum("nai,na->ni", jacobian(problem.immersion, z), h).abs().amax() < 1e-11


def test_the_mean_curvature_of_a_sphere_points_to_its_centre():
    """`eq-mean-curvature`."""

    def sphere(z):
        theta, phi = z.unbind(-1)
        return 3 * torch.stack([theta.sin() * phi.cos(), theta.sin() * phi.sin(), theta.cos()], dim=-1)

    z = torch.rand(5, 2, dtype=torch.float64, generator=generator()) + 0.5
    torch.testing.assert_close(mean_curvature(sphere, z), -sphere(z) / 9)


@pytest.mark.parametrize("problem", SURFACES, ids=str)
def test_the_second_fundamental_form_is_the_hessian_less_its_tangential_part(problem):
    """`eq-second-fundamental-form`, by finite differences of the Jacobian and a QR projection."""
    z = problem.sample(6, generator())
    II = second_fundamental_form(problem.immersion, z)
    steps = 1e-5 * torch.eye(problem.d, dtype=z.dtype)
    H = [(jacobian(problem.immersion, z + e) - jacobian(problem.immersion, z - e)) / 2e-5 for e in steps]
    Q = torch.linalg.qr(jacobian(problem.immersion, z)).Q
    H = torch.stack(H, dim=-1)
    expected = H - torch.einsum("nak,nbk,nbij->naij", Q, Q, H)
    torch.testing.assert_close(II, expected, rtol=1e-6, atol=1e-7)
    torch.testing.assert_close(II, II.mT)


@pytest.mark.parametrize("batch", [(), (0,), (1,), (3, 2)])
def test_a_batch_is_a_loop(batch):
    problem, n = SURFACES[3], math.prod(batch)
    z = problem.sample(n, generator()).reshape(*batch, 2)
    II, h = second_fundamental_form(problem.immersion, z), mean_curvature(problem.immersion, z)
    assert II.shape == (*batch, 3, 2, 2)
    assert h.shape == (*batch, 3)
    for a, b, point in zip(II.reshape(n, 3, 2, 2), h.reshape(n, 3), z.reshape(n, 2)):
        torch.testing.assert_close(a, second_fundamental_form(problem.immersion, point))
        torch.testing.assert_close(b, mean_curvature(problem.immersion, point))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtype_is_kept_and_modules_are_immersions(dtype):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 30)).to(dtype)
    z = torch.zeros(3, 2, dtype=dtype)
    assert second_fundamental_form(net, z).dtype == dtype
    assert second_fundamental_form(net, z).shape == (3, 30, 2, 2)
    assert mean_curvature(net, z).dtype == dtype


@pytest.mark.parametrize("function", [second_fundamental_form, mean_curvature])
@pytest.mark.parametrize(
    ("immersion", "z", "message"),
    [
        (lambda z: z, torch.tensor([[math.nan, 1.0]]), "z: got 1 NaN"),
        (lambda z: z[:, :1] * z[:, 1:], torch.ones(3, 2), "metric: singular at 3 of 3 points"),
        (lambda z: z[0], torch.ones(3, 2), "immersion: got shape"),
        (lambda z: z, torch.ones(3, 2).half(), "z: got dtype float16"),
        (None, torch.ones(3, 2), "immersion: got NoneType"),
    ],
)
def test_bad_input_is_named(function, immersion, z, message):
    with pytest.raises(ValueError, match=message):
        function(immersion, z)
