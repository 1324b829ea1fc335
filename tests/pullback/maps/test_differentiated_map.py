"""Forward-mode derivatives of any map: networks layer by layer, all else automatically."""

import copy
import itertools

import pytest
import torch
from problems import SURFACES, generator
from pullback.maps import differentiated_map as module
from pullback.maps.differentiated_map import DifferentiatedMap, jacobian, pushforward
from torch import nn

ACTIVATIONS = [
    nn.Tanh(),
    nn.Sigmoid(),
    nn.ELU(),
    nn.ELU(alpha=0.7),
    nn.Softplus(),
    nn.Softplus(beta=2.0, threshold=1.0),
    nn.SiLU(),
    nn.GELU(),
    nn.GELU(approximate="tanh"),
    nn.ReLU(),
    nn.LeakyReLU(0.2),
    nn.CELU(0.8),
    nn.LayerNorm(7),
]


def network(activation: nn.Module, d: int = 3, D: int = 11) -> nn.Sequential:
    torch.manual_seed(0)
    inner = nn.Sequential(nn.Linear(7, 7), copy.deepcopy(activation))
    return nn.Sequential(nn.Linear(d, 7), activation, inner, nn.Linear(7, D)).double()


def points(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, dtype=torch.float64, generator=generator(seed))


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
def test_jacobians_of_networks_are_those_of_reverse_mode(activation):
    net, z = network(activation), points(5, 3)
    expected = torch.stack([torch.autograd.functional.jacobian(net, point) for point in z])
    torch.testing.assert_close(jacobian(net, z), expected)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
def test_hessians_of_networks_are_finite_differences_of_their_jacobians(activation):
    net, z = network(activation), points(5, 3)
    x, J, H = DifferentiatedMap(net).value_jacobian_and_hessian(z)
    torch.testing.assert_close(x, net(z).detach())
    torch.testing.assert_close(J, jacobian(net, z))
    step = 1e-5 * torch.eye(3, dtype=z.dtype)
    expected = torch.stack([(jacobian(net, z + e) - jacobian(net, z - e)) / 2e-5 for e in step], dim=-1)
    torch.testing.assert_close(H, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
def test_layer_by_layer_and_opaque_maps_have_the_same_derivatives(activation):
    net, z = network(activation), points(5, 3)
    for ours, generic in zip(
        DifferentiatedMap(net).value_jacobian_and_hessian(z),
        DifferentiatedMap(lambda z: net(z)).value_jacobian_and_hessian(z),
    ):
        torch.testing.assert_close(ours, generic)


@pytest.mark.parametrize("problem", SURFACES, ids=str)
def test_a_pushforward_is_the_jacobian_times_the_vector(problem):
    z = problem.sample(6, generator())
    v = points(6, problem.d, 1)
    J = jacobian(problem.immersion, z)
    torch.testing.assert_close(pushforward(problem.immersion, z, v), torch.einsum("nai,ni->na", J, v))


def test_convolutional_decoders_are_differentiated():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Linear(2, 8),
        nn.ELU(),
        nn.Unflatten(1, (2, 2, 2)),
        nn.ConvTranspose2d(2, 3, 2),
        nn.Tanh(),
        nn.Flatten(),
    ).double()
    z = points(4, 2)
    expected = torch.stack(
        [torch.autograd.functional.jacobian(lambda p: net(p[None])[0], point) for point in z]
    )
    torch.testing.assert_close(jacobian(net, z), expected)


def test_a_second_derivative_through_a_matrix_inverse_is_right():
    def immersion(z):
        return (torch.linalg.inv(torch.diag_embed(3 + z) + 0.3) @ z.sin()[..., None])[..., 0]

    z = points(4, 3)
    H = DifferentiatedMap(immersion).value_jacobian_and_hessian(z)[2]
    step = 1e-5 * torch.eye(3, dtype=z.dtype)
    fd = [(jacobian(immersion, z + e) - jacobian(immersion, z - e)) / 2e-5 for e in step]
    torch.testing.assert_close(H, torch.stack(fd, dim=-1), rtol=1e-6, atol=1e-8)


def test_chunks_do_not_change_the_answer(monkeypatch):
    net, z = network(nn.Tanh()), points(100, 3)
    v = points(100, 3, 1)
    whole = (
        DifferentiatedMap(net).value_and_jacobian(z),
        DifferentiatedMap(net).second_derivatives(z, v[None], [(0, 0)]),
    )
    monkeypatch.setitem(module.CACHE_BYTES, "cpu", 1)
    parts = (
        DifferentiatedMap(net).value_and_jacobian(z),
        DifferentiatedMap(net).second_derivatives(z, v[None], [(0, 0)]),
    )
    torch.testing.assert_close(parts, whole)


@pytest.mark.parametrize("batch", [(), (0,), (1,), (3, 2), (2, 0)])
@pytest.mark.parametrize("opaque", [False, True])
def test_the_shape_follows_the_batch(batch, opaque):
    net = network(nn.Tanh())
    z = torch.randn(*batch, 3, dtype=torch.float64, generator=generator())
    J = jacobian((lambda y: net(y)) if opaque else net, z)
    assert J.shape == (*batch, 11, 3)
    for index in itertools.product(*map(range, batch)):
        torch.testing.assert_close(J[index], jacobian(net, z[index]))


def test_no_graph_is_built_for_weights_but_gradients_flow_to_points():
    net, z = network(nn.Tanh()), points(4, 3)
    for immersion in (net, lambda y: net(y)):
        assert not jacobian(immersion, z).requires_grad
        assert not DifferentiatedMap(immersion).value(z).requires_grad
        y = z.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(jacobian(immersion, y).square().sum(), y)
        e = torch.zeros_like(z)
        e[:, 1] = 1e-6
        fd = (jacobian(immersion, z + e) - jacobian(immersion, z - e)).mul(jacobian(immersion, z)).sum(
            (1, 2)
        ) / 1e-6
        torch.testing.assert_close(gradient[:, 1], fd, rtol=1e-5, atol=1e-7)


def test_reverse_mode_through_vmap_is_not_cut():
    net, z = network(nn.Tanh()), points(4, 3)

    def loss(y):
        return torch.func.vmap(DifferentiatedMap(net).value)(y).square().sum()

    expected = 2 * torch.einsum("na,nai->ni", net(z).detach(), jacobian(net, z))
    torch.testing.assert_close(torch.func.grad(loss)(z), expected)


def test_points_and_weights_are_left_alone():
    net, z = network(nn.ELU()), points(4, 3)
    before, weights = z.clone(), [p.clone() for p in net.parameters()]
    DifferentiatedMap(net, fold=True).value_jacobian_and_hessian(z)
    assert torch.equal(z, before)
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), weights))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_dtype_of_points_is_kept(dtype):
    net = network(nn.Tanh()).to(dtype)
    assert jacobian(net, torch.zeros(2, 3, dtype=dtype)).dtype == dtype


def test_forward_hooks_are_respected():
    net, z = network(nn.Tanh()), points(4, 3)
    plain = jacobian(net, z)
    net[1].register_forward_hook(lambda layer, args, y: 2 * y)
    expected = torch.stack([torch.autograd.functional.jacobian(net, point) for point in z])
    torch.testing.assert_close(jacobian(net, z), expected)
    assert (jacobian(net, z) - plain).abs().amax() > 1e-2


@pytest.mark.parametrize("before", [True, False])
def test_no_convolution_of_a_gpu_is_rounded_to_ten_bits_and_the_flag_is_given_back(monkeypatch, before):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", before)
    seen = set()

    def decoder(z):
        seen.add(torch.backends.cudnn.allow_tf32)
        return z.sin()

    f = DifferentiatedMap(decoder)
    f.value(points(3, 2))
    f.value_jacobian_and_hessian(points(3, 2))
    assert seen == {False}
    assert torch.backends.cudnn.allow_tf32 == before
