"""Pages with a widget on them, and models that have no training behind them."""

from pathlib import Path

import torch
from latent_geometry.models.mlp import mlp
from latent_geometry.models.rbf_precision import rbf_std
from latent_geometry.widgets import ExploredModel, latent_explorer
from latent_geometry.widgets.assets import STYLE, script
from latent_geometry.widgets.inline import PageWidget, plain_html
from torch import nn

IMAGE_SHAPE = (1, 6, 5)


def explored_models() -> list[ExploredModel]:
    """Three decoders of random weights: affine at the end, sigmoid at the end, and one with doubt."""
    with torch.random.fork_rng():
        torch.manual_seed(2)
        smooth = _sharper(mlp(2, [24, 32], 30, activation_name="tanh"))
        bounded = _sharper(mlp(2, [24, 32], 30, activation_name="elu").append(nn.Sigmoid()))
        std = rbf_std(6, 2, 30, zeta=1e-2).double()
        with torch.no_grad():
            std[0].centres.copy_(torch.randn(6, 2))
            std[1].weight.copy_(40 * torch.rand(30, 6))
        codes = torch.randn(300, 2, dtype=torch.float64)
    labels = (codes[:, 0] > 0).long()
    return [
        ExploredModel("affine", smooth, codes, labels),
        ExploredModel("sigmoid", bounded, codes),
        ExploredModel("with doubt", smooth, codes, std=std),
    ]


def explorer() -> PageWidget:
    """Make the explorer of these models."""
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
