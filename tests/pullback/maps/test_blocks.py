"""The blocks that people build decoders from: value, Jacobian and second derivatives, against differences."""

import pytest
import torch
from decoder_blocks import BLOCKS, REFUSED
from problems import generator
from pullback import PullbackMetric
from pullback.maps.differentiated_map import DifferentiatedMap

# Steps of central differences in float64, for first and second derivatives, and what they leave: step^2, and
# rounding over the step, or over its square.
FIRST, SECOND = 1e-5, 2e-4
FIRST_ERROR, SECOND_ERROR = 1e-6, 2e-4


def decoder(make):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return make().double().eval()


def differences(f, z):
    steps = torch.eye(3, dtype=z.dtype)
    J = torch.stack([(f(z + FIRST * e) - f(z - FIRST * e)) / (2 * FIRST) for e in steps], dim=-1)

    def mixed(a, b):
        up, down = SECOND * (a + b), SECOND * (a - b)
        return (f(z + up) - f(z + down) - f(z - down) + f(z - up)) / (4 * SECOND**2)

    return J, torch.stack([torch.stack([mixed(a, b) for b in steps], dim=-1) for a in steps], dim=-2)


def error(found, truth):
    return ((found - truth).abs().max() / truth.abs().max().clamp(min=1e-2)).item()


@pytest.mark.filterwarnings("ignore")  # of torch about its own kernels
@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_has_the_derivatives_that_differences_have(name):
    net = decoder(BLOCKS[name])
    z = torch.randn(3, 3, dtype=torch.float64, generator=generator(7))
    f, kept = DifferentiatedMap(net), {k: v.clone() for k, v in net.state_dict().items()}
    with torch.no_grad():
        J, H = differences(lambda x: net(x.clone()), z)
        torch.testing.assert_close(f.value(z), net(z.clone()))
    found = f.value_jacobian_and_hessian(z)
    assert error(found[1], J) < FIRST_ERROR
    assert error(found[2], H) < SECOND_ERROR
    weights = torch.linspace(-1, 1, J.shape[1], dtype=z.dtype).expand(len(z), -1)
    weighted = f.linearise(z).weighted_hessian(weights)
    assert error(weighted, torch.einsum("na,naij->nij", weights, H)) < SECOND_ERROR
    assert not any(part.requires_grad for part in (*found, weighted))
    for k, v in net.state_dict().items():
        assert torch.equal(v, kept[k]), k


@pytest.mark.parametrize("name", REFUSED)
def test_a_block_without_forward_derivative_is_refused_in_one_line(name):
    make, words = REFUSED[name]
    with pytest.raises(ValueError, match=words) as refusal:
        PullbackMetric(decoder(make)).matrix(torch.ones(2, 3, dtype=torch.float64))
    assert "\n" not in str(refusal.value)
