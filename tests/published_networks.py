"""Networks of published models, written from the description of their layers, with random weights.

They share no code with the project: a state dict of one of them, read by `companion.published`, has to give
the same map.
"""

import torch
from torch import nn
from torch.nn import functional as F

NAMES = {
    "szabo": {"s": "fully_connected_common_factor", "z": "fully_connected_varying_factor"},
    "mathieu": {
        "s": "class_output",
        "z": "style_mu",
        "v": "style_logvar",
        "s_in": "class_input",
        "z_in": "style_input",
    },
    "jha": {
        "s": "common_factor",
        "z": "varying_factor_mu",
        "v": "varying_factor_logvar",
        "s_in": "common_factor",
        "z_in": "varying_factor",
    },
}


class InstituteEncoder(nn.Module):
    """Three convolutions with instance normalisation, and two or three affine heads."""

    def __init__(self, names):
        super().__init__()
        self.names, layers, channels = names, nn.Sequential(), 1
        for i, width in enumerate((16, 32, 64), 1):
            layers.add_module(f"convolution_{i}", nn.Conv2d(channels, width, 5, 2, 1))
            layers.add_module(f"convolution_{i}_in", nn.InstanceNorm2d(width, track_running_stats=True))
            layers.add_module(f"ReLU_{i}", nn.ReLU())
            channels = width
        self.conv_model = layers
        for part in ("s", "z", "v"):
            if part in names:
                self.add_module(names[part], nn.Linear(256, 16))

    def forward(self, x):
        h = self.conv_model(x).flatten(1)
        return [self.get_submodule(self.names[part])(h) for part in ("s", "z", "v") if part in self.names]


class InstituteDecoder(nn.Module):
    """Two affine layers, z first in the joined vector, and three transposed convolutions."""

    def __init__(self, names, slope, bends_first):
        super().__init__()
        self.names, self.slope, self.bends_first = names, slope, bends_first
        for part in ("s", "z"):
            self.add_module(names.get(f"{part}_in", names[part]), nn.Linear(16, 256))
        self.deconv_model = nn.Sequential()
        for i, (a, b, pad) in enumerate(((128, 32, 0), (32, 16, 0), (16, 1, 1)), 1):
            self.deconv_model.add_module(f"deconvolution_{i}", nn.ConvTranspose2d(a, b, 4, 2, pad))
            if i < 3:
                norm = nn.InstanceNorm2d(b, track_running_stats=True)
                self.deconv_model.add_module(f"deconvolution_{i}_in", norm)
                self.deconv_model.add_module(f"bend_{i}", nn.LeakyReLU(slope))

    def forward(self, s, z):
        parts = [
            self.get_submodule(self.names.get(f"{p}_in", self.names[p]))(v) for p, v in (("z", z), ("s", s))
        ]
        if self.bends_first:
            parts = [F.leaky_relu(part, self.slope) for part in parts]
        return torch.sigmoid(self.deconv_model(torch.cat(parts, 1).view(-1, 128, 2, 2)))


def institute_networks(kind, *, slope=0.0, bends_first=True):
    """Encoder and decoder of one of the three repositories, with running statistics of random pictures."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = InstituteEncoder(NAMES[kind])
        decoder = InstituteDecoder(NAMES[kind], slope, bends_first)
        for _ in range(3):
            encoder.train()(torch.rand(8, 1, 28, 28))
            decoder.train()(torch.randn(8, 16), torch.randn(8, 16))
    return encoder, decoder


class BurgessVAE(nn.Module):
    """Convolutions 4 x 4 of stride 2, with mean and log variance of each coordinate in turn."""

    def __init__(self, channels, side):
        super().__init__()
        self.large = side == 64
        names = ["conv1", "conv2", "conv3"] + ["conv_64"] * self.large
        self.encoder, self.decoder = nn.Module(), nn.Module()
        for i, name in enumerate(names):
            self.encoder.add_module(name, nn.Conv2d(channels if i == 0 else 32, 32, 4, 2, 1))
        for name, a, b in (("lin1", 512, 256), ("lin2", 256, 256), ("mu_logvar_gen", 256, 20)):
            self.encoder.add_module(name, nn.Linear(a, b))
        for name, a, b in (("lin1", 10, 256), ("lin2", 256, 256), ("lin3", 256, 512)):
            self.decoder.add_module(name, nn.Linear(a, b))
        for name in ["convT_64"] * self.large + ["convT1", "convT2"]:
            self.decoder.add_module(name, nn.ConvTranspose2d(32, 32, 4, 2, 1))
        self.decoder.convT3 = nn.ConvTranspose2d(32, channels, 4, 2, 1)

    def encode(self, x):
        e = self.encoder
        for layer in [e.conv1, e.conv2, e.conv3] + ([e.conv_64] if self.large else []):
            x = torch.relu(layer(x))
        h = torch.relu(e.lin2(torch.relu(e.lin1(x.view(len(x), -1)))))
        return e.mu_logvar_gen(h).view(-1, 10, 2).unbind(-1)

    def decode(self, z):
        d = self.decoder
        h = torch.relu(d.lin3(torch.relu(d.lin2(torch.relu(d.lin1(z)))))).view(-1, 32, 4, 4)
        for layer in ([d.convT_64] if self.large else []) + [d.convT1, d.convT2]:
            h = torch.relu(layer(h))
        return torch.sigmoid(d.convT3(h))
