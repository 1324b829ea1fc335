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
