"""Scalar fields on the plane of codes, as a page colours it."""

from collections.abc import Callable

import torch
from torch import Tensor

from pullback.curvature.riemann import gaussian_curvature
from pullback.exchange.numbers import LARGEST_HALF, packed
from pullback.metrics.base import Metric

_Box = tuple[float, float, float, float]
CLIP = 0.01  # share of the most extreme values at either end that the colours leave out


def grid(box: _Box, n: int) -> Tensor:
    """Lay a grid on the box (left, right, bottom, top), rows from the bottom up: (n, n, 2)."""
    left, right, bottom, top = box
    x = torch.linspace(left, right, n, dtype=torch.float64)
    y = torch.linspace(bottom, top, n, dtype=torch.float64)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)


def code_box(z: Tensor, *, share: float = 0.98, margin: float = 0.15) -> _Box:
    """Square box (left, right, bottom, top) that holds the share of codes z (n, 2) on either axis."""
    tail = (1 - share) / 2
    quantiles = z.double().quantile(torch.tensor([tail, 1 - tail], dtype=torch.float64), dim=0)
    centre, half = quantiles.mean(0), (1 + margin) * quantiles.diff(dim=0).max() / 2
    (left, bottom), (right, top) = (centre - half).tolist(), (centre + half).tolist()
    return left, right, bottom, top


def metric_fields(metric: Metric, points: Tensor) -> list[dict]:
    """Describe log sqrt det G, and the curvature carried by a unit square of codes, K sqrt det G."""
    log_volume = metric.log_volume(points)
    curvature = gaussian_curvature(metric, points) * log_volume.exp()
    return [
        _field("log volume", "log √det G", log_volume, "sequential"),
        _field("curvature", "K √det G", curvature, "diverging"),
    ]


def std_field(std: Callable[[Tensor], Tensor], points: Tensor) -> dict:
    """Describe the logarithm of the decoder's standard deviation, averaged over the pixels."""
    log_std = std(points.reshape(-1, 2)).mean(-1).log10().reshape(points.shape[:-1])
    return _field("sigma", "log₁₀ σ, mean over pixels", log_std, "sequential")


def label_field(codes: Tensor, labels: Tensor, points: Tensor) -> dict:
    """Describe, at each point, the label whose codes are densest there, and how dense all codes are.

    Densities are Gaussian kernel estimates with Scott's bandwidth.
    """
    names = sorted(set(labels.tolist()))
    width = codes.std(0) * len(codes) ** (-1 / 6)
    flat, z = points.reshape(-1, 2) / width, codes.double() / width
    kernel = torch.cat([(-0.5 * (part[:, None] - z).square().sum(-1)).exp() for part in flat.split(512)])
    density = torch.stack([kernel[:, labels == name].sum(-1) for name in names])
    total = density.sum(0)
    weight = 255 * (total / total.quantile(0.98)).clamp(0, 1).sqrt()
    rows, columns = points.shape[:2]
    size = {"rows": rows, "columns": columns, "names": [str(name) for name in names]}
    values = {"values": packed(density.argmax(0), "u1"), "weight": packed(weight, "u1")}
    return {"name": "label density", "kind": "labels", **size, **values}


def _field(name: str, symbol: str, values: Tensor, kind: str) -> dict:
    """Describe a field; the colour range leaves out the extremes, a diverging one is centred on zero."""
    finite = values[values.isfinite()]
    if not len(finite):
        raise ValueError(f"{name}: got no finite value, expected some on the plane of codes")
    low, high = finite.double().quantile(torch.tensor([CLIP, 1 - CLIP], dtype=torch.float64)).tolist()
    if kind == "diverging":
        low, high = -max(abs(low), abs(high)), max(abs(low), abs(high))
    bounded = values.nan_to_num(low).clamp(low, high)
    rows, columns = values.shape
    shown = {"symbol": symbol, "kind": kind, "low": low, "high": high, "rows": rows, "columns": columns}
    width = "f2" if max(abs(low), abs(high)) < LARGEST_HALF else "f4"  # the colours need no more
    return {"name": name, **shown, "values": packed(bounded, width)}
