"""What the grid of models and measures says of the documents' claims, by the names in `book/claims.yml`."""

from collections.abc import Sequence
from typing import Any

from companion.chapters.one_ruler.factor_structure import FactorStructure
from companion.chapters.one_ruler.invariance import Invariance
from companion.chapters.one_ruler.measures import MEASURES
from companion.chapters.one_ruler.model_grid import PARTS, GridCell

LARGEST_PAIR = 0.069
OF_THE_MANIFOLD = {
    "shao2017-length-gap-is-of-the-manifold": "length_excess",
    "shao2017-mds-is-of-the-manifold": "mds_negative",
    "shukla2019-chat-is-of-the-manifold": "c_hat",
    "shukla2019-angle-is-of-the-manifold": "tangent_angle",
    "ramirez2020-conditioning-is-of-the-manifold": "log_kappa",
}
RANKS_AS_CURVATURE = {
    "shao2017-length-gap-ranks-as-curvature": "length_excess",
    "shao2017-mds-ranks-as-curvature": "mds_negative",
    "shukla2019-chat-ranks-as-curvature": "c_hat",
    "shukla2019-angle-ranks-as-curvature": "tangent_angle",
}
CURVATURE = "sectional_data"

Entry = dict[str, Any]


def invariance_entries(known: Sequence[Invariance]) -> dict[str, Entry]:
    """Say of each document's measure whether it stays, under new coordinates of every model that was asked.

    The control is the largest change under a rotation of the pixels, which alters nothing that is meant.
    """
    entries = {}
    for claim, measure in OF_THE_MANIFOLD.items():
        stays = all(one.is_of_the_manifold(measure) for one in known)
        turned = max(one.change(measure, "rotated") for one in known)
        entries[claim] = {"value": stays, "controls": {"rotated pixels": turned}}
    return entries


def rank_correlation_entries(structure: FactorStructure) -> dict[str, Entry]:
    """Rank correlation over models of each document's measure with the curvature in planes of the data.

    The control is that of the arc-chord ratio in pixel space, which a rolled-up sheet has too.
    """
    entries = {}
    arc_chord = structure.rank_correlation("arc_chord_excess", CURVATURE)
    for claim, measure in RANKS_AS_CURVATURE.items():
        value = structure.rank_correlation(measure, CURVATURE)
        if value is not None:
            controls = {} if arc_chord is None else {"bend in pixel space": arc_chord}
            entries[claim] = {"value": value, "controls": controls, "n": structure.n_models}
    entries["shukla2019-scores-are-one-thing"] = {
        "value": structure.n_factors,
        "controls": {"share of the first factor": float(structure.shares[0])},
        "n": structure.n_models,
    }
    for entry in entries.values():
        entry["n_what"] = "models"
    return entries


def flatness_entry(cells: Sequence[GridCell]) -> dict[str, Entry]:
    """Share of the models whose mean saving is no more than that of the document's largest pair.

    Models whose geodesics were not solved have no saving and do not count. The control is the share of models
    in which paths as long as the median one feel the curvature.
    """
    saved = savings(cells)
    curved = [cell.value(CURVATURE) for cell in cells if cell.value(CURVATURE) is not None]
    if not saved:
        return {}
    share = sum(value <= LARGEST_PAIR for value in saved) / len(saved)
    felt = sum(value > 1 for value in curved) / max(1, len(curved))
    entry = {"value": share, "controls": {"models with K L² above 1": felt}}
    return {"shao2017-one-ruler-flat": entry | {"n": len(saved), "n_what": "models"}}


def savings(cells: Sequence[GridCell]) -> list[float]:
    """Shares of the straight line's length that the geodesic saves, of the models that have one."""
    excess = [cell.value("length_excess") for cell in cells]
    return [1 - 1 / (1 + value) for value in excess if value is not None]


def contrast_entries(cells: Sequence[GridCell], dataset: str) -> dict[str, Entry]:
    """Average the differences of two kinds of model over the dimensions that have both."""
    wanted = {
        "hauberg2018-one-ruler-uncertainty": ("vae-rbf-mlp", "vae-rbf-mlp, mean", "length_excess"),
        "chen2020-one-ruler-flat": ("vae-flat-mlp", "vae-mlp", "length_excess"),
        "ramirez2020-one-ruler-gan-worse": ("gan-mlp", "vae-mlp", "log_kappa"),
        "ramirez2020-one-ruler-dae-worse": ("dae-mlp", "vae-mlp", "log_kappa"),
        "shrivastava2024-one-ruler-vae-smoother": ("ae-mlp", "vae-mlp", "tangent_angle"),
    }
    found = {
        claim: contrast(cells, dataset, first, second, measure)
        for claim, (first, second, measure) in wanted.items()
    }
    vae, claim = "vae-instance-conv", "shukla2019-one-ruler-more-curved"
    found[claim] = [d for kind in PARTS for d in contrast(cells, dataset, kind, vae, CURVATURE)]
    entries = {name: _mean_entry(values, "pairs of models") for name, values in found.items() if values}
    plain = contrast(cells, dataset, "vae-clustered-conv", vae, CURVATURE)
    if claim in entries:
        entries[claim]["controls"] = {"clustered prior": sum(plain) / len(plain)} if plain else {}
    gains = [cell.value("f_gain") for cell in cells if cell.value("f_gain") is not None]
    return entries | ({"arvanitidis2018-one-ruler-clusters": _mean_entry(gains, "models")} if gains else {})


def _mean_entry(values: Sequence[float], what: str) -> Entry:
    return {"value": sum(values) / len(values), "n": len(values), "n_what": what}


def contrast(cells: Sequence[GridCell], dataset: str, first: str, second: str, measure: str) -> list[float]:
    """Readings of one kind less those of another, for every dimension that both have, with the usual
    activation and depth.

    Args:
        cells: the grid.
        dataset: on which data.
        first: kind, with ", mean" behind it where the metric is the mean's alone.
        second: kind to subtract.
        measure: name of the measure.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure: got {measure!r}, expected one of {', '.join(MEASURES)}")
    values: dict[str, dict[str, float]] = {first: {}, second: {}}
    for cell in cells:
        causes = cell.model.causes
        is_usual = (causes["activation"], causes["depth"]) == ("elu", "usual")
        is_wanted = cell.dataset == dataset and causes["model"] in values and is_usual
        if is_wanted and cell.value(measure) is not None:
            values[causes["model"]][causes["dimension"]] = cell.value(measure)
    shared = [d for d in values[first] if d in values[second]]
    return [values[first][d] - values[second][d] for d in shared]
