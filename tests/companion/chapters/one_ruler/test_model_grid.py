"""Names of the grid's models, what is measured of each family, and the way from readings to claims."""

import csv
import io

import numpy as np
import pytest
import torch
from companion import datasets
from companion.chapters.one_ruler.claim_entries import (
    OF_THE_MANIFOLD,
    RANKS_AS_CURVATURE,
    agreement_entries,
    contrast,
    contrast_entries,
    flatness_entry,
)
from companion.chapters.one_ruler.factor_structure import factor_structure
from companion.chapters.one_ruler.grid_tables import cell_texts, mean_readings, ranked_causes
from companion.chapters.one_ruler.measures import RULERS, Reading
from companion.chapters.one_ruler.model_grid import (
    GridCell,
    GridModel,
    GridTraining,
    labelled_pictures,
    subject_of,
    without_facets,
)
from companion.chapters.one_ruler.readings import RulerReadings
from companion.ledger import load_claims
from companion.ledger.files import csv_bytes
from companion.training import initial_model

NAMES = ["vae-mlp:2", "vae-mlp:16:tanh", "vae-rbf-mlp:2:mean", "szabo-conv:4", "vae-mlp:3:untrained"]


def cell(name, dataset="mnist", **values):
    readings = {ruler: Reading(values.get(ruler, 0.0), 0.0, 1.0) for ruler in RULERS}
    return GridCell(GridModel.parse(name), dataset, None, RulerReadings(readings, 1.0, 1.0))


@pytest.fixture(scope="module")
def pictures():
    return labelled_pictures("mnist", seed=0)


def test_a_name_says_kind_dimension_bend_and_variant():
    found = [GridModel.parse(name) for name in NAMES]
    assert [m.latent_dim for m in found] == [2, 16, 2, 4, 3]
    assert [m.activation for m in found] == ["elu", "tanh", "elu", "elu", "elu"]
    assert [m.variant for m in found] == ["", "", "mean", "", "untrained"]
    assert len({m.title for m in found}) == 5


def test_a_deep_model_has_each_hidden_layer_twice_and_a_shallow_one_the_first_alone():
    models = [GridModel.parse(name) for name in ("vae-mlp:2:shallow", "vae-mlp:2", "ae-mlp:2:deep:tanh")]
    widths = [GridTraining(hidden=(16, 8)).config(model, "mnist").hidden for model in models]
    assert widths == [(16,), (16, 8), (16, 16, 8, 8)]
    assert [model.causes["depth"] for model in models] == ["shallow", "usual", "deep"]
    assert models[2].title == "AE 2, tanh, deep"


@pytest.mark.parametrize("name", ["vae-mlp:2", "gan-mlp:2", "jha-conv:16"])
def test_a_small_set_is_gone_through_as_often_as_makes_up_for_its_size(name):
    training = GridTraining(epochs=5, n_train=20_000, conv_epochs=2, conv_train=12_000)
    sizes = {name: len(datasets.load(name, "train")) for name in ("mnist", "chairs-sh3d-32")}
    of = {s: training.config(GridModel.parse(name), s) for s in sizes}
    seen = {s: config.epochs * (config.n_train or sizes[s]) for s, config in of.items()}
    assert 0 <= seen["chairs-sh3d-32"] - seen["mnist"] < 2 * sizes["chairs-sh3d-32"]
    everything = GridTraining(epochs=5, n_train=0, conv_epochs=5, conv_train=0)
    passes = {everything.config(GridModel.parse(name), s).epochs for s in sizes}
    assert len(passes) == 1


NOT_NAMES = ["vae-mlp", "vae-mlp:two", "vae-mlp:2:wobbly", "no-such:2", "vae-mlp:2:tanh:relu"]


@pytest.mark.parametrize("name", [*NOT_NAMES, "jha-conv:16:deep"])
def test_another_name_is_refused(name):
    with pytest.raises(ValueError, match="model: got"):
        GridModel.parse(name)


def test_the_variants_of_a_model_share_its_training():
    training = GridTraining()
    configs = [training.config(GridModel.parse(f"vae-rbf-mlp:2{v}"), "mnist") for v in ("", ":mean")]
    assert configs[0] == configs[1]


def subject(name, pictures, rows):
    model = GridModel.parse(name)
    config = GridTraining(hidden=(16, 8), n_train=100, conv_train=100).config(model, "mnist")
    network = initial_model(config, pictures.image_shape, 10).double().eval()
    return network, subject_of(network, model, pictures, rows, seed=0)


def test_of_a_disentangling_model_the_specified_code_is_measured(pictures):
    network, seen = subject("szabo-conv:4", pictures, torch.arange(6))
    assert seen["codes"].shape == (6, 4)
    assert seen["decoder"](seen["codes"]).shape == (6, 784)
    assert network.latent_dim == 8
    assert "noise" not in seen


def test_of_a_generator_draws_of_the_prior_without_labels(pictures):
    _, seen = subject("gan-mlp:2", pictures, torch.arange(6))
    assert seen["labels"] is None
    assert seen["codes"].shape == (6, 2)


def test_what_doubts_is_measured_with_its_doubt_unless_the_mean_is_asked_for(pictures):
    _, doubting = subject("vae-ensemble-mlp:2", pictures, torch.arange(6))
    z = doubting["codes"]
    mean_alone = subject("vae-ensemble-mlp:2:mean", pictures, torch.arange(6))[1]
    assert "metric" in doubting
    assert "metric" not in mean_alone
    assert doubting["metric"].matrix(z).diagonal(dim1=-2, dim2=-1).sum() > 0


def test_untrained_weights_are_fresh_and_the_codes_are_not(pictures):
    _, trained = subject("vae-mlp:2", pictures, torch.arange(6))
    _, fresh = subject("vae-mlp:2:untrained", pictures, torch.arange(6))
    assert torch.equal(trained["codes"], fresh["codes"])
    assert not torch.allclose(trained["decoder"](trained["codes"]), fresh["decoder"](fresh["codes"]))


def test_facets_have_no_curvature_to_read_and_keep_their_other_readings():
    found = without_facets(cell("vae-mlp:2:relu", bend=0.3, sectional=0.0).readings)
    assert found["sectional"].value is None
    assert found["scalar"].reason == found["sectional_data"].reason != ""
    assert found["bend"].value == 0.3


def test_a_contrast_is_taken_at_equal_dimension_data_and_activation():
    cells = [cell("gan-mlp:2", log_kappa=3.0), cell("vae-mlp:2", log_kappa=1.0)]
    cells += [cell("vae-mlp:16", log_kappa=9.0), cell("gan-mlp:2:tanh", log_kappa=100.0)]
    cells += [cell("gan-mlp:2", "fashion-mnist", log_kappa=50.0)]
    assert contrast(cells, "mnist", "gan-mlp", "vae-mlp", "log_kappa") == [2.0]
    with pytest.raises(ValueError, match="ruler: got 'kappa'"):
        contrast(cells, "mnist", "gan-mlp", "vae-mlp", "kappa")


def test_disentangled_spaces_are_compared_with_the_vae_of_their_network():
    cells = [cell(f"{kind}-conv:4", sectional_data=k) for kind, k in (("szabo", 1.0), ("jha", 3.0))]
    cells += [cell("vae-instance-conv:4", sectional_data=0.5), cell("vae-mlp:4", sectional_data=100.0)]
    entry = contrast_entries(cells, "mnist")["shukla2019-one-ruler-more-curved"]
    assert (entry["value"], entry["n"]) == (1.5, 2)


def test_flatness_counts_savings_up_to_that_of_the_largest_pair():
    saved = [0.0, 0.05, 0.068, 0.07]
    cells = [cell("vae-mlp:2", length_excess=1 / (1 - s) - 1, sectional_data=3.0) for s in saved]
    entry = flatness_entry(cells)["shao2017-one-ruler-flat"]
    assert entry["value"] == 0.75
    assert entry["controls"] == {"models with K L² above 1": 1.0}


def test_a_model_without_a_saving_does_not_count_as_flat_or_otherwise():
    unsolved = cell("gan-mlp:16", length_excess=None)
    entry = flatness_entry([unsolved, cell("vae-mlp:2", length_excess=1.0)])["shao2017-one-ruler-flat"]
    assert (entry["value"], entry["n"]) == (0.0, 1)
    assert flatness_entry([unsolved]) == {}


def test_every_entry_is_a_claim_of_the_chapter():
    rng = np.random.default_rng(0)
    rulers = ("bend", "sectional_data", *RANKS_AS_CURVATURE.values())
    structure = factor_structure({r: rng.standard_normal(9) for r in rulers}, seed=0, n_shuffles=20)
    kinds = ["vae-rbf-mlp:2", "vae-rbf-mlp:2:mean", "vae-flat-mlp:2", "gan-mlp:2", "dae-mlp:2", "ae-mlp:2"]
    kinds += ["vae-mlp:2", "vae-instance-conv:4", "vae-clustered-conv:4", "jha-conv:4"]
    cells = [cell(kind) for kind in kinds]
    names = {*OF_THE_MANIFOLD, *agreement_entries(structure), *flatness_entry(cells)}
    names |= {*contrast_entries(cells, "mnist")}
    claims = {claim.id for claim in load_claims() if claim.notebook == "08_one_ruler"}
    assert names == claims - {"syrota2025-geodesic-vary-less"}


def test_a_table_of_readings_survives_the_way_to_disk():
    text = csv_bytes(cell("vae-mlp:2:tanh", bend=0.25).rows()).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(RULERS)
    bend = next(row for row in rows if row["ruler"] == "bend")
    assert (bend["activation"], bend["dimension"], float(bend["value"])) == ("tanh", "2", 0.25)


def test_readings_are_averaged_over_seeds_and_ranked_with_their_causes():
    rows = [r | {"seed": k} for k in (0, 1) for r in cell("vae-mlp:2", bend=k + 1.0).rows()]
    rows += cell("gan-mlp:2", "fashion-mnist", bend=9.0).rows() + cell("ae-mlp:2:untrained", bend=5.0).rows()
    absent = [r for r in cell("ae-mlp:2").rows() if r["ruler"] == "bend"]
    rows += [absent[0] | {"value": ""}]
    means = mean_readings(rows)
    assert means["VAE 2"]["bend"] == 1.5
    assert "bend" not in means["AE 2"]
    assert set(means) - set(mean_readings(rows, controls=False)) == {"AE 2, untrained"}
    assert cell_texts(rows[: 2 * len(RULERS)])["VAE 2"]["bend"] == "1.5 (-4.85 to 7.85), 2 seeds"
    assert cell_texts(cell("vae-mlp:2", bend=0.5).rows())["VAE 2"]["bend"] == "0.5 (0 to 1)"
    assert cell_texts([absent[0] | {"value": None, "reason": "no labels"}])["AE 2"]["bend"] == "no labels"
    ranks, causes, cells = ranked_causes(rows, "bend")
    assert ranks == [1, 2, 3]
    assert causes["seed"] == ["0", "1", "0"]
    assert causes["data"] == ["mnist", "mnist", "fashion-mnist"]
    assert len(set(cells)) == 2
