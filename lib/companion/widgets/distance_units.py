"""The explorer of units: distances of codes beside those along the surface, as a unit of codes changes."""

from collections.abc import Mapping

import torch
from pullback.exchange.numbers import packed
from pullback.measures.lengths.distance_matrices import euclidean_distances
from pullback.measures.lengths.residual_correlation import pairs_of, residual_correlation, same_label
from torch import Tensor

from companion.widgets.inline import PageWidget

FACTORS = (0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10)


def distance_unit_explorer(samples: Mapping[str, tuple[Tensor, Tensor, Tensor]]) -> PageWidget:
    """Show pairs of codes by both distances, with their residual correlation (`eq-residual-correlation`).

    A slider measures the codes in another unit along the direction in which they spread most. That is a
    change of coordinates: pictures, surface and the distances along it stay as they are. In Jupyter the
    library computes the scores too, after each move.

    Args:
        samples: name of the space -> codes (n, d), their distances along the surface (n, n), labels (n,).

    Raises:
        ValueError: for no sample, or shapes that do not belong together.
    """
    if not samples:
        raise ValueError("samples: got none, expected at least one")
    split = {name: _split(name, *sample) for name, sample in samples.items()}
    described = [
        {
            "name": name,
            "across": packed(across / (across + rest).max(), "f2"),
            "rest": packed(rest / (across + rest).max(), "f2"),
            "along": packed(along / along.max(), "f2"),
            "same": packed(same, "u1"),
        }
        for name, (across, rest, along, same) in split.items()
    ]
    widget = PageWidget(
        kind="distance-unit-explorer",
        data={"samples": described, "factors": FACTORS},
        title="Explorer of units: change the unit of one direction of the codes, and see the score change.",
    )
    widget.observe(lambda change: _answer(widget, split, change["new"]["factor"]), "state")
    return widget


def _split(name: str, codes: Tensor, distances: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
    """Part the squared distance of each pair of codes into that along the widest direction and the rest."""
    n = len(codes)
    if codes.ndim != 2 or distances.shape != (n, n) or labels.shape != (n,):
        seen = f"{tuple(codes.shape)}, {tuple(distances.shape)}, {tuple(labels.shape)}"
        raise ValueError(f"samples: got shapes {seen} for {name}, expected (n, d), (n, n), (n,)")
    z = codes.detach().cpu().double()
    widest = torch.linalg.svd(z - z.mean(0), full_matrices=False).Vh[0]
    across = pairs_of((z @ widest)[:, None] - z @ widest).square()
    rest = (pairs_of(euclidean_distances(z)).square() - across).clamp_min(0)
    return across, rest, pairs_of(distances.cpu().double()), same_label(labels.cpu())


def _answer(widget: PageWidget, split: Mapping[str, tuple[Tensor, ...]], factor: float) -> None:
    """Tell the page the scores that the library finds."""
    widget.library = {
        name: residual_correlation(along, (factor**2 * across + rest).sqrt()).item()
        for name, (across, rest, along, _) in split.items()
    }
