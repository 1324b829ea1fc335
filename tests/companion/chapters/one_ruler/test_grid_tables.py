"""Readings as rows of a table: on their way to disk, and read back with their causes."""

import csv
import io

from companion.chapters.one_ruler.grid_tables import cell_texts, kind_of, mean_readings, ranked_causes
from companion.chapters.one_ruler.measures import MEASURES
from companion.chapters.one_ruler.model_grid import GridCell, GridModel
from companion.chapters.one_ruler.readings import Reading, Readings
from companion.ledger.runs.files import csv_bytes


def cell(model, dataset="mnist", **values):
    readings = {name: Reading(values.get(name, 0.0), 0.0, 1.0) for name in MEASURES}
    return GridCell(GridModel.parse(model), dataset, None, Readings(readings, 1.0, 1.0))


def test_a_table_of_readings_survives_the_way_to_disk():
    text = csv_bytes(cell("vae-mlp:2:tanh", arc_chord_excess=0.25).rows()).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(MEASURES)
    bend = next(row for row in rows if row["ruler"] == "bend")
    assert (bend["activation"], bend["dimension"], float(bend["value"])) == ("tanh", "2", 0.25)


def test_readings_are_averaged_over_seeds_and_ranked_with_their_causes():
    name = "arc_chord_excess"
    rows = [r | {"seed": k} for k in (0, 1) for r in cell("vae-mlp:2", arc_chord_excess=k + 1.0).rows()]
    rows += (
        cell("gan-mlp:2", "fashion-mnist", arc_chord_excess=9.0).rows()
        + cell("ae-mlp:2:untrained", arc_chord_excess=5.0).rows()
    )
    absent = [r for r in cell("ae-mlp:2").rows() if r["ruler"] == "bend"]
    rows += [absent[0] | {"value": ""}]
    means = mean_readings(rows)
    assert means["VAE 2"][name] == 1.5
    assert name not in means["AE 2"]
    assert set(means) - set(mean_readings(rows, controls=False)) == {"AE 2, untrained"}
    assert cell_texts(rows[: 2 * len(MEASURES)])["VAE 2"][name] == "1.5 (-4.85 to 7.85), 2 seeds"
    assert cell_texts(cell("vae-mlp:2", arc_chord_excess=0.5).rows())["VAE 2"][name] == "0.5 (0 to 1)"
    assert cell_texts([absent[0] | {"value": None, "reason": "no labels"}])["AE 2"][name] == "no labels"
    ranks, causes, cells = ranked_causes(rows, name)
    assert ranks == [1, 2, 3]
    assert causes["seed"] == ["0", "1", "0"]
    assert causes["data"] == ["mnist", "mnist", "fashion-mnist"]
    assert len(set(cells)) == 2
    assert causes["output"] == ["linear", "linear", "sigmoid"]


def test_the_kind_of_a_model_leaves_out_its_network():
    names = ["vae-mlp", "vae-instance-conv", "vae-rbf-mlp, mean", "jha-conv", "vae-clustered-conv"]
    assert [kind_of({"model": n}) for n in names] == ["vae", "vae", "vae-rbf, mean", "jha", "vae-clustered"]
