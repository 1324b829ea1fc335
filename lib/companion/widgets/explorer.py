"""The latent explorer: decoders of two coordinates that a reader takes in hand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from pullback.curves.discrete_curve import curve_length, linear_interpolation
from pullback.exchange.decoder_file import DOTS, LABELLED, far_apart
from pullback.exchange.fields import code_box, grid, label_field, metric_fields, std_field
from pullback.exchange.networks import network
from pullback.exchange.numbers import packed
from pullback.geodesics.geodesic import geodesic
from pullback.metrics.base import Metric
from pullback.metrics.pullback import ExpectedPullbackMetric, PullbackMetric
from torch import Tensor, nn

from companion.widgets.inline import PageWidget

SEGMENTS = 48  # as in the page
TITLE = "Latent explorer: drag two codes, and see the straight line and the geodesic between them decoded."


@dataclass(frozen=True)
class ExploredModel:
    """A model as the explorer shows it.

    Attributes:
        name: for the reader.
        decoder: (*batch, 2) -> (*batch, D), of layers that `pullback.exchange.networks.network` describes.
        codes: (n, 2) codes of images, or draws from the prior.
        labels: (n,) integers, None where there are none.
        std: (*batch, 2) -> (*batch, D), the standard deviation; the metric is then the expected one.
    """

    name: str
    decoder: nn.Module
    codes: Tensor
    labels: Tensor | None = None
    std: nn.Module | None = None

    @property
    def metric(self) -> Metric:
        """The metric that the explorer measures with."""
        if self.std is None:
            return PullbackMetric(self.decoder)
        return ExpectedPullbackMetric(self.decoder, self.std)


def latent_explorer(
    models: Sequence[ExploredModel], *, image_shape: tuple[int, int, int] | None = None, resolution: int = 48
) -> PageWidget:
    """Make the latent explorer of some models, live in Jupyter and plain HTML on a page.

    The page solves for geodesics itself, on the discrete energy (`eq-discrete-energy`). In Jupyter the
    library computes the geodesic's length too, after each move.

    Args:
        models: shown under their names; the first one first.
        image_shape: channels (1 or 3), height, width of what they decode to; None shows no pictures.
        resolution: points to a side of the coloured plane.

    Raises:
        ValueError: no model, a layer that the page cannot evaluate, or codes that are not of two coordinates.
    """
    if not models:
        raise ValueError("models: got none, expected at least one")
    doubles = [_double(model) for model in models]
    shape = list(image_shape) if image_shape else None
    widget = PageWidget(
        kind="latent-explorer",
        data={"shape": shape, "models": [_described(model, resolution) for model in doubles]},
        title=TITLE,
    )
    widget.observe(lambda change: _answer(widget, doubles, change["new"]), "state")
    return widget


def _double(model: ExploredModel) -> ExploredModel:
    if model.codes.ndim != 2 or model.codes.shape[1] != 2 or len(model.codes) < 2:
        raise ValueError(f"codes: got shape {tuple(model.codes.shape)} for {model.name}, expected (n, 2)")
    return replace(model, codes=model.codes.detach().cpu().double())


def _described(model: ExploredModel, resolution: int) -> dict:
    box, codes = code_box(model.codes), model.codes
    points = grid(box, resolution)
    with torch.no_grad():
        fields = metric_fields(model.metric, points)
        if model.std is not None:
            fields.append(std_field(model.std, points))
        if model.labels is not None:
            fields.append(label_field(codes[:LABELLED], model.labels[:LABELLED].cpu(), points))
    networks = [network(part) for part in (model.decoder, model.std) if part is not None]
    if (seen := networks[0][0].get("columns")) != 2:
        raise ValueError(f"decoder: got {seen} latent coordinates for {model.name}, expected 2")
    return {
        "name": model.name,
        "box": box,
        "ends": far_apart(codes).tolist(),
        "codes": packed(codes[:DOTS], "f2"),
        "networks": networks,
        "fields": fields,
    }


def _answer(widget: PageWidget, models: Sequence[ExploredModel], state: dict) -> None:
    """Tell the page what the library measures between the two codes."""
    metric = models[state["model"]].metric
    a, b = (torch.tensor(state[end], dtype=torch.float64) for end in ("a", "b"))
    found = geodesic(metric, a, b, n_segments=SEGMENTS)
    straight = curve_length(metric, linear_interpolation(a, b, SEGMENTS))
    widget.library = {
        "geodesic": found.length.item(),
        "straight": straight.item(),
        "converged": bool(found.converged),
    }
