"""Write a decoder with codes to a file that a page of the book takes in hand: `export`."""

import copy
import json
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pullback.exchange.fields import code_box, grid, label_field, metric_fields
from pullback.exchange.networks import network
from pullback.exchange.numbers import packed
from pullback.metrics.pullback import PullbackMetric

FORMAT = "pullback-decoder"
VERSION = 1
RESOLUTION = 48  # points to a side of the coloured plane
DOTS = 600  # codes that are shown
LABELLED = 4000  # codes that the densities of labels are taken from
LARGEST = 40_000_000  # bytes that a page still reads without a pause


class _Plane(nn.Module):
    """The affine map w -> m + P w into a plane of codes."""

    def __init__(self, centre: Tensor, directions: Tensor):
        super().__init__()
        layer = nn.Linear(2, len(centre), dtype=centre.dtype)
        with torch.no_grad():
            layer.weight.copy_(directions)
            layer.bias.copy_(centre)
        self.as_sequential = nn.Sequential(layer)

    def forward(self, w: Tensor) -> Tensor:
        return self.as_sequential(w)


@torch.no_grad()
def export(
    decoder: nn.Module,
    codes: Tensor,
    labels: Tensor | None = None,
    path: str | Path = "decoder.json",
    *,
    name: str = "your decoder",
    image_shape: tuple[int, int, int] | None = None,
) -> Path:
    r"""Write a decoder and codes to one small file that any explorer of the book's pages opens.

    Of more than two coordinates the plane in which the codes spread most is written, $f(m + P w)$, with m
    the mean of the codes and P (d, 2) their first two principal directions. Nothing leaves the machine, and
    the decoder is not changed.

    Args:
        decoder: (*batch, d) -> (*batch, D) or (*batch, channels, height, width), in evaluation mode, of the
            layers that `network` describes.
        codes: (n, d), d of 2 or more, n of 3 or more.
        labels: (n,) integers that colour the plane.
        path: the file, which is written whole or not at all.
        name: what the page calls it.
        image_shape: channels (1 or 3), height, width of what is decoded, where it is flat and a picture.

    Returns:
        the path.

    Raises:
        ValueError: for a layer that cannot be written, by name; codes or labels of another shape; a file that
            would be too large for a page.

    Example:
        >>> import tempfile, torch
        >>> from pullback import export
        >>> decoder = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 9))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     export(decoder, torch.randn(50, 2), path=f"{folder}/decoder.json").name
        'decoder.json'
    """
    shape = tuple(codes.shape)
    if codes.ndim != 2 or codes.shape[1] < 2 or len(codes) < 3 or not codes.isfinite().all():
        raise ValueError(f"codes: got shape {shape}, expected (n, d) of finite numbers, n > 2 and d > 1")
    if labels is not None and tuple(labels.shape) != (len(codes),):
        raise ValueError(f"labels: got shape {tuple(labels.shape)}, expected ({len(codes)},)")
    codes = codes.detach().cpu().double()
    if not isinstance(decoder, nn.Module):
        raise ValueError(f"decoder: got the layer {type(decoder).__name__}, expected a torch.nn.Module")
    own = copy.deepcopy(decoder).cpu().double()
    flat, codes, output = _on_plane(own, codes)
    shape = image_shape or (output if len(output) == 3 and output[0] in (1, 3) else None)
    content = {
        "format": FORMAT,
        "version": VERSION,
        "shape": list(shape) if shape else None,
        "model": described(name, flat, codes, labels),
    }
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    if len(text) > LARGEST:
        raise ValueError(f"decoder: got a file of {len(text):,} bytes, expected at most {LARGEST:,}")
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def described(name: str, decoder: nn.Module, codes: Tensor, labels: Tensor | None) -> dict[str, Any]:
    """Describe a decoder of two coordinates with its plane of codes (n, 2), as the explorer shows it."""
    box = code_box(codes)
    points = grid(box, RESOLUTION)
    fields = metric_fields(PullbackMetric(decoder), points)
    if labels is not None:
        fields.append(label_field(codes[:LABELLED], labels[:LABELLED].cpu(), points))
    return {
        "name": name,
        "box": box,
        "ends": far_apart(codes).tolist(),
        "codes": packed(codes[:DOTS], "f4"),
        "networks": [network(decoder, short=False)],
        "fields": fields,
    }


def far_apart(codes: Tensor) -> Tensor:
    """Choose two of the codes (n, 2) to begin with: towards the ends of their longest direction."""
    centred = codes - codes.mean(0)
    along = centred @ torch.linalg.svd(centred, full_matrices=False).Vh[0]
    order = along.argsort()
    return codes[order[[len(codes) // 10, -len(codes) // 10]]]


def _on_plane(decoder: nn.Module, codes: Tensor) -> tuple[nn.Module, Tensor, tuple[int, ...]]:
    """Give the decoder of the plane of the codes with flat output, the codes on it, the output's shape."""
    try:
        output = tuple(decoder(codes[:2]).shape[1:])
    except (RuntimeError, AttributeError) as error:
        said = " ".join(str(error).split())
        raise ValueError(
            f"decoder: got {said!r} for codes of shape {tuple(codes[:2].shape)}, expected a tensor"
        ) from None
    parts: list[nn.Module] = [decoder] if len(output) == 1 else [decoder, nn.Flatten()]
    if codes.shape[1] > 2:
        centre = codes.mean(0)
        directions = torch.linalg.svd(codes - centre, full_matrices=False).Vh[:2].mT
        parts.insert(0, _Plane(centre, directions))
        codes = (codes - centre) @ directions
    return nn.Sequential(*parts), codes, output
