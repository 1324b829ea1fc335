"""The way from readings to claims, on grids of made-up readings."""

import numpy as np
import pytest
from companion.chapters.one_ruler.claim_entries import (
    OF_THE_MANIFOLD,
    RANKS_AS_CURVATURE,
    contrast,
    contrast_entries,
    flatness_entry,
    rank_correlation_entries,
)
from companion.chapters.one_ruler.factor_structure import factor_structure
from companion.chapters.one_ruler.measures import MEASURES
from companion.chapters.one_ruler.model_grid import GridCell, GridModel
from companion.chapters.one_ruler.readings import Reading, Readings
from companion.ledger import load_claims


def cell(model, dataset="mnist", **values):
    readings = {name: Reading(values.get(name, 0.0), 0.0, 1.0) for name in MEASURES}
    return GridCell(GridModel.parse(model), dataset, None, Readings(readings, 1.0, 1.0))


def test_a_contrast_is_taken_at_equal_dimension_data_and_activation():
    cells = [cell("gan-mlp:2", log_kappa=3.0), cell("vae-mlp:2", log_kappa=1.0)]
    cells += [cell("vae-mlp:16", log_kappa=9.0), cell("gan-mlp:2:tanh", log_kappa=100.0)]
    cells += [cell("gan-mlp:2", "fashion-mnist", log_kappa=50.0)]
    assert contrast(cells, "mnist", "gan-mlp", "vae-mlp", "log_kappa") == [2.0]
    with pytest.raises(ValueError, match="measure: got 'kappa'"):
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
    measures = ("arc_chord_excess", "sectional_data", *RANKS_AS_CURVATURE.values())
    structure = factor_structure({m: rng.standard_normal(9) for m in measures}, seed=0, n_shuffles=20)
    kinds = ["vae-rbf-mlp:2", "vae-rbf-mlp:2:mean", "vae-flat-mlp:2", "gan-mlp:2", "dae-mlp:2", "ae-mlp:2"]
    kinds += ["vae-mlp:2", "vae-instance-conv:4", "vae-clustered-conv:4", "jha-conv:4"]
    cells = [cell(kind) for kind in kinds]
    names = {*OF_THE_MANIFOLD, *rank_correlation_entries(structure), *flatness_entry(cells)}
    names |= {*contrast_entries(cells, "mnist")}
    claims = {claim.id for claim in load_claims() if claim.notebook == "08_one_ruler"}
    assert names == claims - {"syrota2025-geodesic-vary-less"}
