"""Readings of one grid, or of several seeds of it, as rows of a table on disk: what is read off them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from companion.chapters.one_ruler.measures import MEASURED_BY
from companion.chapters.one_ruler.readings import Reading
from companion.ledger.statistics import t_interval

Rows = Sequence[Mapping[str, Any]]


def is_control(row: Mapping[str, Any]) -> bool:
    """Return whether a row is of a decoder that has learned nothing."""
    return str(row["model"]).endswith("untrained")


def measure_of(row: Mapping[str, Any]) -> str:
    """Return the name of a row's measure."""
    return MEASURED_BY.get(row["ruler"], row["ruler"])


def kind_of(row: Mapping[str, Any]) -> str:
    """Return the kind of a row's model without its network: "vae" of "vae-mlp" and of "vae-instance-conv"."""
    name, _, variant = str(row["model"]).partition(", ")
    kind = name.removesuffix("-mlp").removesuffix("-conv").removesuffix("-instance")
    return f"{kind}, {variant}" if variant else kind


def mean_readings(rows: Rows, *, controls: bool = True) -> dict[str, dict[str, float]]:
    """Average each model's readings over the seeds that have them.

    Args:
        rows: as `GridCell.rows` makes them, of any number of grids; values may be text.
        controls: whether to keep the decoders that have learned nothing.

    Returns:
        title of the model -> name of the measure -> mean; a measure that no seed could read is missing.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        if controls or not is_control(row):
            readings = found.setdefault(row["title"], {})
            if row["value"] not in (None, ""):
                readings.setdefault(measure_of(row), []).append(float(row["value"]))
    return {title: {n: float(np.mean(v)) for n, v in readings.items()} for title, readings in found.items()}


def cell_texts(rows: Rows) -> dict[str, dict[str, str]]:
    """Write every reading with its interval, or the reason for its absence.

    Of one seed it is the interval over the draw of the points, of several Student's over the seeds.

    Args:
        rows: as `GridCell.rows` makes them, of any number of grids; values may be text.

    Returns:
        title of the model -> name of the measure -> text.
    """
    found: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for row in rows:
        found.setdefault(row["title"], {}).setdefault(measure_of(row), []).append(row)
    return {title: {n: _text(of) for n, of in readings.items()} for title, readings in found.items()}


def _text(rows: Rows) -> str:
    known = [row for row in rows if row["value"] not in (None, "")]
    if not known:
        return rows[0]["reason"]
    if len(known) == 1:
        return f"{Reading(*(float(known[0][name]) for name in ('value', 'low', 'high'))):.3g}"
    return f"{t_interval([float(row['value']) for row in known]):.3g}, {len(known)} seeds"


def ranked_causes(rows: Rows, measure: str) -> tuple[list[float], dict[str, list[str]], list[str]]:
    """Gather what could decide a measure's readings, from the rows of one grid or of several.

    Readings are replaced by their ranks, so that no unit and no single huge curvature decides. What is called
    the kind here leaves out the network and its last layer, which is a cause of its own: a VAE is a VAE with
    instance normalisation too. All models that end in a sigmoid but the generator have also been trained for
    a shorter time, so the share of the output is one of both.

    Args:
        rows: as `GridCell.rows` makes them, of any number of grids, with a `seed` where they differ in it.
        measure: name of the measure.

    Returns:
        ranks, the causes by name, and the name of the cell that each reading belongs to; no controls.
    """
    mine = [r for r in rows if measure_of(r) == measure and not is_control(r)]
    chosen = [r for r in mine if r["value"] not in (None, "")]
    names = {"data": "dataset", "activation": "activation", "output": "output"}
    names |= {"depth": "depth", "dimension": "dimension", "seed": "seed"}
    causes = {cause: [str(r.get(field, 0)) for r in chosen] for cause, field in names.items()}
    causes["kind of model"] = [kind_of(r) for r in chosen]
    ranks = rankdata([float(r["value"]) for r in chosen]).tolist() if chosen else []
    return ranks, causes, [r["title"] for r in chosen]
