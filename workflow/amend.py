"""Add to recorded runs what follows from their own tables, and mend their labels.

    python workflow/amend.py

Nothing that a run measured is changed. Chapter 8, recorded before 30 November 2026, gets

- in `grid.csv`: the activation of the generators, which were trained with `tanh` and written down as `elu`,
  and a column `output`, the last layer of the decoder, which was hidden in the kind of model;
- in `result.json`: the readings that the notebook keeps since then and that its grid determines, by the
  functions that the notebook calls: rank agreement with what else could make it held fixed, its intervals
  over models, the least curvature of the disentangling models minus the VAE's, tangent angles, and the
  least share of its rank that a trained model has.

Each amended result says so under `amended`. To run it again changes nothing.
"""

import csv
import json
from pathlib import Path
from typing import Any

from companion.chapters.one_ruler import (
    PARTS,
    GridModel,
    agreement_given,
    factor_structure,
    interval_over_models,
    mean_readings,
)
from companion.chapters.one_ruler.measures import MEASURES
from companion.ledger import path_of
from companion.ledger.runs.files import csv_bytes, write_all
from companion.project_paths import source_root

NOTEBOOK, CURVATURE = "08_one_ruler", "sectional_data"
WHAT = "labels of generators and outputs; readings that follow from the grid, see workflow/amend.py"
Row = dict[str, Any]


def main() -> None:
    for folder in sorted((source_root() / "book" / "recorded" / NOTEBOOK).glob("seed-*")):
        print(f"{folder.name}: {amend(folder)} readings follow from the grid")


def amend(folder: Path) -> int:
    """Amend one recorded run; return how many readings it has been given."""
    path, table = folder / "result.json", folder / "grid.csv"
    result = json.loads(path.read_text(encoding="utf-8"))
    with table.open(encoding="utf-8", newline="") as stream:
        rows = [relabelled(row) for row in csv.DictReader(stream)]
    added = derived(rows, result)
    result["readings"] = dict(sorted({**result["readings"], **added}.items()))
    result["amended"] = [{"date": "2026-11-30", "what": WHAT}]
    text = json.dumps(result, indent=1) + "\n"
    write_all(folder, {"grid.csv": csv_bytes(rows), "result.json": text.encode()})
    return len(added)


def relabelled(row: Row) -> Row:
    """Say how a row's model was trained, in the columns of today."""
    model = model_of(row)
    known = {**row, **model.causes}
    first = ("dataset", *model.causes)
    return {name: known[name] for name in (*first, *(key for key in row if key not in first))}


def model_of(row: Row) -> GridModel:
    """Find the model of a row, whose generators are named by the activation of their kind."""
    kind, _, variant = row["model"].partition(", ")
    depth = "" if row["depth"] == "usual" else row["depth"]
    activation = "" if kind == "gan-mlp" else row["activation"]
    return GridModel(kind, int(row["dimension"]), activation, variant, depth)


def derived(rows: list[Row], result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Compute the readings that the grid determines, each as a run keeps it.

    Raises:
        ValueError: when the grid does not give the rank agreements that the run itself has kept.
    """
    readings, seed = result["readings"], result["seed"]
    if readings["counts.readable"]["value"] != len(MEASURES):
        seen = readings["counts.readable"]["value"]
        raise ValueError(f"counts.readable: got {seen}, expected {len(MEASURES)}")
    entered = [name for name, measure in MEASURES.items() if measure.kind != "uncertainty"]
    learned = mean_readings(rows, controls=False)
    sizes = {row["title"]: {"dimension": float(row["dimension"])} for row in rows}
    scores = {name: [found.get(name) for found in learned.values()] for name in entered}
    here = factor_structure(scores, seed=seed)
    each = [found | sizes[title] for title, found in learned.items()]
    whole = [model for model in each if all(name in model for name in here.names)]
    added = {}
    for path in [path for path in readings if path.startswith("agreement.")]:
        name = path.removeprefix("agreement.")
        value = here.rank_correlation(name, CURVATURE)
        if abs(readings[path]["value"] - value) > 1e-9:
            raise ValueError(f"{path}: got {value} from the grid, expected {readings[path]['value']}")
        luck = interval_over_models(*([m[key] for m in whole] for key in (name, CURVATURE)), seed=seed)
        added[path] = {**readings[path], "n": here.n_models, "n_what": "models", "interval": list(luck)}
    held = {"bend": "arc_chord_excess", "dimension": "dimension"}
    for thing, found in agreement_given(each, list(here.names), CURVATURE, held).items():
        added |= {f"agreement_given.{thing}.{name}": kept(value) for name, value in found.items()}
    read = [row for row in rows if row["ruler"] == "tangent_angle" and row["value"]]
    angles = {model_path(row): row["value"] for row in read}
    added |= {f"models.{model}.tangent_angle": kept(float(value)) for model, value in angles.items()}
    shares = [float(row["value"]) for row in rows if row["ruler"] == "rank_share" and row["value"]]
    added["exam.least_rank_share"] = kept(min(shares), len(shares))
    base = readings["models.vae_instance_conv_16.sectional_data"]["value"]
    least = min(readings[f"models.{path_of(kind)}_16.sectional_data"]["value"] for kind in PARTS) - base
    added["difference.least_disentangled_over_vae.sectional_data"] = kept(least, len(PARTS))
    return added


def kept(value: float, n: int | None = None) -> dict[str, Any]:
    """Write a reading as a run does."""
    return {"value": value, "n": n, "n_what": "models", "figure": "grid"}


def model_path(row: Row) -> str:
    """Name a row's model as the notebook does: "vae_mlp_16_tanh", with the data set where it is not MNIST."""
    model = model_of(row)
    own = "" if model.activation == model.usual_activation else model.activation
    data = "" if row["dataset"] == "mnist" else row["dataset"]
    parts = [model.kind, str(model.latent_dim), own, model.depth, model.variant, data]
    return path_of(" ".join(part for part in parts if part))


if __name__ == "__main__":
    main()
