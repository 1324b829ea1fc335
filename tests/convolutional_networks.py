"""Small convolutional decoders in one, two and three axes, and a way to hide their layers."""

import torch
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


class OnFlatImages(nn.Module):
    """A network of (n, d) for codes with any number of leading axes, its pictures flat."""

    def __init__(self, *layers):
        super().__init__()
        self.body = nn.Sequential(*layers)

    def forward(self, z):
        return self.body(z.reshape(-1, z.shape[-1])).reshape(*z.shape[:-1], -1)


def batch_normalised_decoder(d):
    """The decoder of Shao, Kumar and Fletcher (2017), Table 1, for pictures (1, 16, 16); seeded, frozen."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layers = [nn.Linear(d, 256, bias=False), nn.BatchNorm1d(256), nn.ELU()]
        layers += [nn.Linear(256, 64, bias=False), nn.Unflatten(1, (64, 1, 1)), nn.BatchNorm2d(64), nn.ELU()]
        for before, after, extra in [(64, 64, 0), (64, 64, 0), (64, 32, 0), (32, 32, 1)]:
            layers.append(nn.ConvTranspose2d(before, after, 4, 2, 1, output_padding=extra, bias=False))
            layers += [nn.BatchNorm2d(after), nn.ELU()]
        layers.append(nn.ConvTranspose2d(32, 1, 4, padding=2))
        return OnFlatImages(*layers).eval().requires_grad_(False)


def instance_normalised_decoder(d):
    """The decoder of the disentangling models, for pictures (1, 16, 16); seeded, frozen.

    Each picture is normalised by its own statistics, so that it hardly changes far from the origin.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        first = nn.Linear(d, 64 * 3 * 3)
        layers = [first, nn.ELU(), nn.Unflatten(1, (64, 3, 3))]
        layers += [nn.ConvTranspose2d(64, 16, 4, stride=2), nn.InstanceNorm2d(16), nn.ELU()]
        layers += [nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1), nn.Sigmoid()]
        nn.init.normal_(first.weight, std=0.05)
        nn.init.zeros_(first.bias)
        return OnFlatImages(*layers).eval().requires_grad_(False)
