"""Second derivatives through functions whose own nested derivatives torch gets wrong or refuses."""

import pytest
import torch
from problems import generator
from pullback import MetricField, christoffels, riemann_tensor
from pullback.maps.differentiated_map import DifferentiatedMap, jacobian
from pullback.maps.exact_derivatives import ExactDerivatives
from torch import nn

A = torch.randn(4, 4, dtype=torch.float64, generator=generator(5))


def matrices(z):
    return 4 * torch.eye(4, dtype=z.dtype) + z[:, :, None] * A


def grams(z):
    return matrices(z) @ matrices(z).mT


FUNCTIONS = {
    "solve": lambda z: torch.linalg.solve(matrices(z), z.sin()[..., None])[..., 0],
    "solve for a vector": lambda z: torch.linalg.solve(matrices(z), z.sin()),
    "solve from the right": lambda z: torch.linalg.solve(matrices(z), z.sin()[:, None, :], left=False)[:, 0],
    "det": lambda z: torch.linalg.det(-matrices(z)[:, :3, :3])[:, None],
    "torch.det": lambda z: torch.det(matrices(z)[:, [1, 0, 2, 3]])[:, None],
    "det method": lambda z: matrices(z).det()[:, None],
    "slogdet": lambda z: torch.linalg.slogdet(-matrices(z))[1][:, None],
    "slogdet of odd size": lambda z: torch.stack(torch.slogdet(-matrices(z)[:, :3, :3]), dim=-1),
    "logdet": lambda z: torch.logdet(grams(z))[:, None],
    "logdet method": lambda z: grams(z).logdet()[:, None],
    "cdist": lambda z: torch.cdist(z, A),
    "layer norm": nn.LayerNorm(4).double(),
    "layer norm without weights": nn.LayerNorm(4, elementwise_affine=False),
    "instance norm": lambda z: nn.functional.instance_norm(z.reshape(-1, 2, 2).sin()).flatten(1),
    "instance norm of running statistics": lambda z: nn.functional.instance_norm(
        z.reshape(-1, 2, 2).sin(), A[0, :2], A[1, :2].exp(), A[2, :2], A[3, :2], use_input_stats=False
    ).flatten(1),
    "silu": nn.functional.silu,
}


def points(n=5):
    return torch.randn(n, 4, dtype=torch.float64, generator=generator(1))


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_stand_ins_have_the_same_values(function):
    with ExactDerivatives():
        inside = function(points())
    torch.testing.assert_close(inside, function(points()))


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_second_derivatives_are_finite_differences_of_first_ones(function):
    z = points()
    J, H = DifferentiatedMap(function).value_jacobian_and_hessian(z)[1:]
    steps = 1e-5 * torch.eye(4, dtype=z.dtype)
    first = torch.stack([(function(z + e) - function(z - e)) / 2e-5 for e in steps], dim=-1).detach()
    second = torch.stack(
        [(jacobian(function, z + e) - jacobian(function, z - e)) / 2e-5 for e in steps], dim=-1
    )
    torch.testing.assert_close(J, first, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(H, second, rtol=1e-6, atol=1e-6)


def test_a_metric_field_may_solve_linear_systems():
    def by_solving(z):
        return torch.linalg.solve(grams(z), torch.eye(4, dtype=z.dtype).expand(len(z), 4, 4))

    def by_inverting(z):
        return torch.linalg.inv(grams(z))

    z = points(3)
    for function in (christoffels, riemann_tensor):
        torch.testing.assert_close(
            function(MetricField(by_solving), z), function(MetricField(by_inverting), z)
        )


def test_stand_ins_give_what_torch_gives_beside_the_first_result():
    """Statistics of a layer norm, the state of a solve, and determinants of singular matrices."""
    x = torch.randn(4, 3, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    A = x[:, :, :3] + 3 * torch.eye(3).double()
    singular = torch.stack([torch.ones(2, 2), torch.tensor([[0.0, 1.0], [1.0, 0.0]]), torch.eye(2)]).double()
    mean, var = x.mean((0, 2)), x.var((0, 2))
    calls = [
        lambda: torch.native_layer_norm(x, (3, 5), None, None, 1e-3),
        lambda: tuple(torch.linalg.solve_ex(A, x)),
        lambda: (torch.logdet(singular), *torch.linalg.slogdet(singular)),
        lambda: (torch.nn.functional.batch_norm(x, mean, var, var, mean, eps=1e-2),),
        lambda: (torch.nn.functional.batch_norm(x[..., 0], mean, var, 2 * var),),
    ]
    for call in calls:
        expected = call()
        with ExactDerivatives():
            found = call()
        for one, other in zip(found, expected, strict=True):
            assert one.shape == other.shape
            torch.testing.assert_close(one, other, check_dtype=one.is_floating_point(), equal_nan=True)
