"""Pages with a widget on them, and models that have no training behind them."""

from pathlib import Path

import torch
from companion.measures.space import Space, principal_plane
from companion.models.networks.convolutional import OnFlatImages
from companion.models.networks.instance_conv import JoinedLinear, instance_decoder
from companion.models.networks.mlp import mlp
from companion.models.uncertain.rbf_precision import rbf_std
from companion.widgets import ExploredModel, latent_explorer
from companion.widgets.assets import STYLE, script
from companion.widgets.inline import PageWidget, plain_html
from torch import nn

IMAGE_SHAPE = (1, 6, 5)
DIGIT_SHAPE = (1, 28, 28)


def explored_models() -> list[ExploredModel]:
    """Decoders of random weights: affine at the end, sigmoid at the end, one with doubt, convolutions."""
    with torch.random.fork_rng():
        torch.manual_seed(2)
        smooth = _sharper(mlp(2, [24, 32], 30, activation_name="tanh"))
        bounded = _sharper(mlp(2, [24, 32], 30, activation_name="elu").append(nn.Sigmoid()))
        std = rbf_std(6, 2, 30, zeta=1e-2).double()
        with torch.no_grad():
            std[0].centres.copy_(torch.randn(6, 2))
            std[1].weight.copy_(40 * torch.rand(30, 6))
        codes = torch.randn(300, 2, dtype=torch.float64)
        convolutional = _convolutional()
    labels = (codes[:, 0] > 0).long()
    return [
        ExploredModel("affine", smooth, codes, labels),
        ExploredModel("sigmoid", bounded, codes),
        ExploredModel("with doubt", smooth, codes, std=std),
        ExploredModel("convolutional", convolutional, codes),
    ]


def plane_of_digits() -> ExploredModel:
    """Make a plane of the codes of a disentangling model's own decoder, full size, of random weights."""
    with torch.random.fork_rng():
        torch.manual_seed(4)
        first = JoinedLinear(16, 16, 256).given(torch.randn(16))
        decoder = instance_decoder(first, DIGIT_SHAPE, activation_name="elu").eval()
        with torch.no_grad():
            first.weight.mul_(16)
            for layer in decoder.modules():
                if isinstance(layer, nn.ConvTranspose2d):
                    layer.weight.mul_(2)
        codes = torch.randn(200, 16, dtype=torch.float64) * torch.linspace(3, 1, 16)
    space = Space(decoder.double().requires_grad_(False), codes, torch.zeros(200, dtype=torch.long))
    plane = principal_plane(space)
    return ExploredModel("a plane", plane.decoder, plane.codes)


def explorer() -> PageWidget:
    """Make the explorer of the small models."""
    return latent_explorer(explored_models(), image_shape=IMAGE_SHAPE, resolution=12)


def write_page(folder: Path, widget: PageWidget) -> Path:
    """Write a page with nothing but a widget on it."""
    path = folder / "widget.html"
    path.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A widget</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{STYLE.read_text(encoding='utf-8')}</style></head><body><main>"
        f"{plain_html(widget.kind, dict(widget.data), widget.title)}</main>"
        f"<script>{script()}</script></body></html>",
        encoding="utf-8",
    )
    return path


def _sharper(decoder: nn.Sequential) -> nn.Sequential:
    """Scale the weights up, so that geodesics of the surface are not nearly straight lines of codes."""
    layers = [layer for layer in decoder if isinstance(layer, nn.Linear)]
    with torch.no_grad():
        for layer, factor in zip(layers, (4.0, 2.5, 2.5), strict=True):
            layer.weight.mul_(factor)
    return decoder.double().requires_grad_(False)


def _convolutional() -> nn.Sequential:
    """Make a decoder whose kernels, strides and paddings differ between the two sides of a picture."""
    body = nn.Sequential(
        nn.Linear(2, 24),
        nn.ELU(),
        nn.Unflatten(1, (6, 2, 2)),
        nn.ConvTranspose2d(6, 5, (3, 2), stride=(1, 2), padding=(1, 0)),
        nn.InstanceNorm2d(5),
        nn.Tanh(),
        nn.ConvTranspose2d(5, 1, (4, 2), stride=(3, 1), padding=(1, 0), output_padding=(1, 0)),
    )
    with torch.no_grad():
        body[0].weight.mul_(3)
        body[-1].weight.mul_(4)
    return nn.Sequential(OnFlatImages(body), nn.Sigmoid()).double().requires_grad_(False)
