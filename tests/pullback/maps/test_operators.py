"""Convolutions and batch normalisation differentiated by formula, and second derivatives by one way back."""

import pytest
import torch
from pullback import PullbackMetric
from pullback.maps.differentiated_map import DifferentiatedMap
from pullback.maps.layers import is_opaque, layers_of
from pullback.solvers.energies import energy_model
from torch import nn


class Opaque(nn.Module):
    """The same map, its layers hidden."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, z):
        return self.network(z)


def network(d=3, *, conv, transposed, norm, shape):
    """A small convolutional decoder with normalisations whose statistics are not trivial."""
    layers = [
        nn.Linear(d, 16),
        nn.BatchNorm1d(16),
        nn.Tanh(),
        nn.Unflatten(1, (4, *shape)),
        norm(4),
        nn.ELU(),
    ]
    layers += [transposed(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, bias=False), nn.SiLU()]
    layers += [
        conv(6, 4, 2, stride=2, dilation=1, padding=1),
        norm(4, affine=False),
        nn.Sigmoid(),
        nn.Flatten(),
    ]
    built = nn.Sequential(*layers).double().eval().requires_grad_(False)
    weights = torch.Generator().manual_seed(1)
    for part in built.modules():
        for value in [*part.parameters(recurse=False), *part.buffers(recurse=False)]:
            if value.is_floating_point():
                value.copy_(0.3 + torch.rand(value.shape, generator=weights) - 0.5 * (value.ndim > 1))
    return built


NETWORKS = {
    "two axes": network(conv=nn.Conv2d, transposed=nn.ConvTranspose2d, norm=nn.BatchNorm2d, shape=(2, 2)),
    "one axis": network(conv=nn.Conv1d, transposed=nn.ConvTranspose1d, norm=nn.BatchNorm1d, shape=(4,)),
    "three axes": network(
        conv=nn.Conv3d, transposed=nn.ConvTranspose3d, norm=nn.BatchNorm3d, shape=(1, 2, 2)
    ),
}


@pytest.fixture(params=NETWORKS, ids=str)
def convolutional(request):
    return NETWORKS[request.param]


def test_no_layer_of_a_convolutional_network_is_opaque(convolutional):
    assert not any(map(is_opaque, layers_of(convolutional)))


def test_derivatives_by_formula_are_those_of_automatic_differentiation(convolutional, generator):
    z = torch.randn(5, 3, dtype=torch.float64, generator=generator)
    by_formula, automatic = (DifferentiatedMap(f) for f in (convolutional, Opaque(convolutional)))
    for mine, theirs in zip(
        by_formula.value_jacobian_and_hessian(z), automatic.value_jacobian_and_hessian(z), strict=True
    ):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-10)
    assert by_formula.value_jacobian_and_hessian(z)[2].abs().max() > 1e-3


@pytest.mark.parametrize("d", [1, 3, 5])
@pytest.mark.parametrize("hide", [False, True], ids=["by formula", "opaque"])
def test_weighted_second_derivatives_are_the_contracted_hessian(d, hide, generator):
    kinds = {"conv": nn.Conv2d, "transposed": nn.ConvTranspose2d, "norm": nn.BatchNorm2d, "shape": (2, 2)}
    body = network(d, **kinds)
    z = torch.randn(4, d, dtype=torch.float64, generator=generator)
    other = nn.Sequential(nn.Linear(d, 3), nn.Softplus()).double().requires_grad_(False)
    both = DifferentiatedMap(Opaque(body) if hide else body, other)
    linear = both.linearise(z)
    value, jacobian, hessian = both.value_jacobian_and_hessian(z)
    weights = torch.randn(value.shape, dtype=torch.float64, generator=generator)
    torch.testing.assert_close(linear.value, value)
    torch.testing.assert_close(linear.tangents.permute(1, 2, 0), jacobian)
    expected = torch.einsum("na,naij->nij", weights, hessian)
    torch.testing.assert_close(linear.weighted_hessian(weights), expected, rtol=1e-8, atol=1e-9)


def test_an_affine_map_has_no_second_derivatives(generator):
    plain = nn.Linear(3, 2).double().requires_grad_(False)
    z = torch.randn(4, 3, dtype=torch.float64, generator=generator)
    for f in (plain, nn.Identity()):
        linear = DifferentiatedMap(f).linearise(z)
        assert torch.equal(linear.weighted_hessian(linear.value), torch.zeros(4, 3, 3).double())


def test_the_energy_of_a_convolutional_decoder_has_the_blocks_of_the_opaque_one(convolutional, generator):
    curves = torch.randn(2, 6, 3, dtype=torch.float64, generator=generator)
    mine, theirs = (
        energy_model(PullbackMetric(f), curves, exact=True) for f in (convolutional, Opaque(convolutional))
    )
    for name in ("energy", "gradient", "diagonal", "upper", "correction"):
        torch.testing.assert_close(getattr(mine, name), getattr(theirs, name), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(1, 1, 3, padding="same"),
        nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"),
        nn.BatchNorm2d(1, track_running_stats=False),
        nn.BatchNorm2d(1).train(),
    ],
    ids=["padding by name", "circular", "batch statistics", "training"],
)
def test_layers_whose_formula_would_differ_stay_opaque(layer):
    assert is_opaque(layer)


def test_batch_normalisation_in_training_mode_is_refused_by_name():
    body = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4)).train()
    with pytest.raises(ValueError, match="BatchNorm1d in training mode, expected evaluation mode"):
        PullbackMetric(body).matrix(torch.zeros(3, 2))


def test_images_of_the_wrong_size_are_refused_by_name():
    body = nn.Sequential(nn.Linear(2, 4), nn.Conv2d(1, 1, 2)).requires_grad_(False)
    with pytest.raises(ValueError, match="immersion: "):
        PullbackMetric(body).matrix(torch.zeros(3, 2))
