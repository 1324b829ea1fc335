"""What a map of points must be like, and how its refusals are worded."""

import pytest
import torch
from pullback import PullbackMetric
from pullback.maps.branch import Branch
from pullback.maps.differentiated_map import jacobian
from torch import nn


def test_batch_normalisation_in_training_mode_is_refused_by_name():
    body = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4)).train()
    with pytest.raises(ValueError, match="BatchNorm1d in training mode, expected evaluation mode"):
        PullbackMetric(body).matrix(torch.zeros(3, 2))


def test_images_of_the_wrong_size_are_refused_by_name():
    body = nn.Sequential(nn.Linear(2, 4), nn.Conv2d(1, 1, 2)).requires_grad_(False)
    with pytest.raises(ValueError, match="immersion: "):
        PullbackMetric(body).matrix(torch.zeros(3, 2))


@pytest.mark.parametrize(
    ("immersion", "z", "message"),
    [
        (lambda z: torch.stack([z[0], z[1], z[0] * z[1]]), torch.ones(5, 2), "immersion: failed on points"),
        (lambda z: torch.stack([z[0], z[1], z[0] * z[1]]), torch.ones(3, 2), "immersion: failed on points"),
        (lambda z: z.sum(-1), torch.ones(3, 2), "one row per point"),
        (lambda z: z[:, None], torch.ones(3, 2), "one row per point"),
        (lambda z: z - z.mean(0), torch.eye(2), "a point's image changes with the batch"),
        (lambda z: z.double(), torch.ones(3, 2), "got dtype torch.float64"),
        (lambda z: 3.0, torch.ones(3, 2), "got float"),
        (nn.Sequential(nn.Linear(2, 4), nn.Unflatten(1, (2, 2))), torch.ones(3, 2), "one row per point"),
        (
            nn.Sequential(nn.Linear(2, 4), nn.Tanh()),
            torch.ones(3, 3),
            "z: got 3 latent coordinates, expected 2",
        ),
        (nn.Sequential(nn.Linear(2, 4)), torch.ones(3, 2, dtype=torch.float64), "z: got dtype float64"),
        (nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4)), torch.ones(3, 2), "training mode"),
        (nn.Sequential(nn.Linear(2, 4), nn.Dropout()), torch.ones(3, 2), "training mode"),
        ("decoder", torch.ones(3, 2), "immersion: got str"),
    ],
)
def test_bad_input_is_named(immersion, z, message):
    with pytest.raises(ValueError, match=message):
        jacobian(immersion, z)


def test_training_mode_leaves_running_statistics_alone():
    net = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4))
    with pytest.raises(ValueError, match="training mode"):
        jacobian(net, torch.ones(3, 2))
    assert torch.equal(net[1].running_mean, torch.zeros(4))
    assert jacobian(net.eval(), torch.ones(3, 2)).shape == (3, 4, 2)


def test_rounding_that_depends_on_the_batch_is_measured_against_the_largest_output():
    """Products of large matrices sum in another order for another batch; an output of zero is no measure."""

    def immersion(z):
        return torch.stack([z[:, 0] * (1 + 1e-7 * len(z)), 0 * z[:, 1]], dim=-1)

    branch, z = Branch(immersion), torch.ones(9, 2, dtype=torch.float64)
    assert branch.run(branch.layers(z), z).shape == (9, 2)


@pytest.mark.parametrize(
    ("function", "width"),
    [
        (nn.Identity(), 1),
        (nn.Sequential(nn.Linear(2, 7), nn.Tanh(), nn.Linear(7, 5)), 7),
        (lambda z: z.repeat(1, 6), 12),
    ],
    ids=["no layer", "affine layers", "opaque"],
)
def test_the_width_is_that_of_the_widest_layer(function, width):
    branch = Branch(function)
    assert branch.width(branch.layers(torch.ones(3, 2))) == width


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_a_frozen_module_among_others_has_no_mode_and_is_no_error():
    inner = torch.jit.freeze(torch.jit.script(nn.Sequential(nn.Linear(4, 3), nn.Tanh()).double().eval()))
    net, z = nn.Sequential(nn.Linear(2, 4).double(), inner), torch.ones(2, 2, dtype=torch.float64)
    torch.testing.assert_close(PullbackMetric(net).matrix(z), PullbackMetric(lambda z: net(z)).matrix(z))
