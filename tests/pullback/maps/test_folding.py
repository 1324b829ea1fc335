"""A final affine layer is replaced by its QR factor: same metric, fewer numbers, never out of date."""

import pytest
import torch
from problems import generator
from pullback import PullbackMetric
from torch import nn


class Announced(nn.Module):
    """A module that says which Sequential it computes."""

    def __init__(self, body):
        super().__init__()
        self.body = body

    @property
    def as_sequential(self):
        return self.body

    def forward(self, z):
        return self.body(z)


def body(D: int = 40) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, D)).double()


def points(n: int = 5) -> torch.Tensor:
    return torch.randn(n, 2, dtype=torch.float64, generator=generator())


FOLDING = {
    "sequential": lambda: body(),
    "nested": lambda: nn.Sequential(nn.Sequential(body()), nn.Identity()),
    "flat as it is": lambda: nn.Sequential(body(), nn.Flatten()),
    "flattened": lambda: nn.Sequential(body(), nn.Unflatten(1, (5, 8)), nn.Flatten()),
    "dropout in evaluation mode": lambda: nn.Sequential(body(), nn.Dropout()).eval(),
    "announced": lambda: Announced(body()),
    "no bias": lambda: nn.Sequential(nn.Linear(2, 6), nn.ELU(), nn.Linear(6, 40, bias=False)).double(),
}
NOT_FOLDING = {
    "sigmoid": lambda: nn.Sequential(body(), nn.Sigmoid()),
    "narrow": lambda: body(4),
    "opaque": lambda: body().forward,
    "permuted batch": lambda: nn.Sequential(body(), nn.Flatten(0, 1), nn.Unflatten(0, (-1, 40))),
}


@pytest.mark.parametrize("make", FOLDING.values(), ids=FOLDING)
def test_a_network_that_ends_in_an_affine_layer_has_as_many_features_as_its_last_hidden_layer(make):
    net, z = make(), points()
    metric = PullbackMetric(net)
    assert metric.features(z).shape == (5, 6)
    torch.testing.assert_close(metric.matrix(z), PullbackMetric(lambda y: net(y)).matrix(z))


@pytest.mark.parametrize("make", FOLDING.values(), ids=FOLDING)
def test_distances_of_features_are_distances_of_outputs(make):
    net, z = make(), points()
    torch.testing.assert_close(torch.pdist(PullbackMetric(net).features(z)), torch.pdist(net(z)).detach())


@pytest.mark.parametrize("make", NOT_FOLDING.values(), ids=NOT_FOLDING)
def test_other_networks_keep_their_outputs(make):
    net, z = make(), points()
    metric = PullbackMetric(net)
    torch.testing.assert_close(metric.features(z), net(z).detach())
    torch.testing.assert_close(metric.matrix(z), PullbackMetric(lambda y: net(y)).matrix(z))


def optimiser_step(net):
    net(points()).square().sum().backward()
    torch.optim.SGD(net.parameters(), lr=0.1).step()


def write_through_data(net):
    net[-1].weight.data.mul_(3)


def replace_data(net):
    net[-1].weight.data = torch.flip(net[-1].weight.data, [1])


def append_a_layer(net):
    net.append(nn.Sigmoid())


@pytest.mark.parametrize("change", [optimiser_step, write_through_data, replace_data, append_a_layer])
def test_a_network_changed_after_the_metric_was_built_answers_with_its_new_weights(change):
    net, z = body(), points()
    metric = PullbackMetric(net)
    before = metric.matrix(z)
    change(net)
    after = metric.matrix(z)
    torch.testing.assert_close(after, PullbackMetric(lambda y: net(y)).matrix(z))
    assert (after - before).abs().amax() > 1e-3


def test_a_network_moved_to_another_dtype_is_folded_anew():
    net, z = body(), points()
    metric = PullbackMetric(net)
    G = metric.matrix(z)
    net.float()
    torch.testing.assert_close(metric.matrix(z.float()).double(), G, rtol=1e-5, atol=1e-6)


def test_the_factor_of_a_single_precision_weight_is_as_good_as_the_weight():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 400))
    with torch.no_grad():
        net[2].weight *= torch.logspace(0, -4, 6)
    z = points().float()
    exact = PullbackMetric(net.double()).matrix(z.double())
    folded = PullbackMetric(net.float()).matrix(z)
    torch.testing.assert_close(folded.double(), exact, rtol=1e-5, atol=1e-8)


def test_a_metric_differentiated_by_the_caller_forgets_nothing_and_keeps_nothing():
    net, z = body(), points()
    metric = PullbackMetric(net)
    expected = PullbackMetric(net).matrix(z)
    inside = torch.func.vjp(metric.matrix, z)[0]
    torch.testing.assert_close(metric.matrix(z), expected)
    torch.testing.assert_close(torch.func.vjp(metric.matrix, z)[0], inside)
    torch.testing.assert_close(inside, expected)


def test_a_large_weight_that_changes_in_any_way_is_folded_anew():
    """Above 2^18 entries the counter of changes decides, and a sample of entries where it is gone round."""
    weights = torch.Generator().manual_seed(0)
    network = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 40_000)).double().requires_grad_(False)
    metric, z = PullbackMetric(network), torch.randn(3, 2, dtype=torch.float64, generator=weights)
    weight = network[2].weight

    def at_once():
        return PullbackMetric(network).matrix(z)

    def one_entry():
        weight[31_337, 5] += 1e3

    def by_assignment():
        network[2].weight = nn.Parameter(2 * weight.clone(), requires_grad=False)

    changes = [one_entry, lambda: weight.data.mul_(3), lambda: weight.numpy().__imul__(2), by_assignment]
    for change in changes:
        before = metric.matrix(z)
        assert torch.equal(metric.matrix(z), before)
        change()
        assert not torch.allclose(metric.matrix(z), before, rtol=1e-3)
        assert torch.equal(metric.matrix(z), at_once())


def test_a_large_weight_of_inference_mode_is_folded():
    with torch.inference_mode():
        network = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 40_000)).double()
        z = torch.zeros(3, 2, dtype=torch.float64)
        metric = PullbackMetric(network)
        assert torch.equal(metric.matrix(z), metric.matrix(z))
