"""Differences between kinds of model, and what geodesics save, read off the grid."""

from collections.abc import Sequence

from companion.chapters.one_ruler.measures import MEASURES
from companion.chapters.one_ruler.model_grid import GridCell


def savings(cells: Sequence[GridCell]) -> list[float]:
    """Return the shares of the straight line's length that geodesics save, of the models that have one.

    A model has none where its geodesics were not solved.
    """
    excess = [cell.value("length_excess") for cell in cells]
    return [1 - 1 / (1 + value) for value in excess if value is not None]


def contrast(cells: Sequence[GridCell], dataset: str, first: str, second: str, measure: str) -> list[float]:
    """Subtract the readings of one kind from those of another, for every dimension that both have, each with
    its usual activation and depth.

    Args:
        cells: the grid.
        dataset: on which data.
        first: kind, with ", mean" behind it where the metric is the mean's alone.
        second: kind to subtract.
        measure: name of the measure.

    Raises:
        ValueError: for an unknown measure.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure: got {measure!r}, expected one of {', '.join(MEASURES)}")
    values: dict[str, dict[str, float]] = {first: {}, second: {}}
    for cell in cells:
        causes = cell.model.causes
        is_wanted = cell.dataset == dataset and causes["model"] in values and cell.model.is_usual
        if is_wanted and cell.value(measure) is not None:
            values[causes["model"]][causes["dimension"]] = cell.value(measure)
    shared = [d for d in values[first] if d in values[second]]
    return [values[first][d] - values[second][d] for d in shared]
