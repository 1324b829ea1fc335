"""Differences between kinds of model and what geodesics save, on grids of made-up readings."""

import pytest
from companion.chapters.one_ruler.contrasts import contrast, savings
from companion.chapters.one_ruler.measures import MEASURES
from companion.chapters.one_ruler.model_grid import GridCell, GridModel
from companion.chapters.one_ruler.readings import Reading, Readings


def cell(model, dataset="mnist", **values):
    readings = {name: Reading(values.get(name, 0.0), 0.0, 1.0) for name in MEASURES}
    return GridCell(GridModel.parse(model), dataset, None, Readings(readings, 1.0, 1.0))


def test_a_contrast_is_taken_at_equal_dimension_data_and_activation():
    cells = [cell("gan-mlp:2", log_kappa=3.0), cell("vae-mlp:2", log_kappa=1.0)]
    cells += [cell("vae-mlp:16", log_kappa=9.0), cell("gan-mlp:2:elu", log_kappa=100.0)]
    cells += [cell("gan-mlp:2", "fashion-mnist", log_kappa=50.0)]
    assert contrast(cells, "mnist", "gan-mlp", "vae-mlp", "log_kappa") == [2.0]
    with pytest.raises(ValueError, match="measure: got 'kappa'"):
        contrast(cells, "mnist", "gan-mlp", "vae-mlp", "kappa")


def test_disentangled_spaces_are_compared_with_the_vae_of_their_network():
    cells = [cell(f"{kind}-conv:4", sectional_data=k) for kind, k in (("szabo", 1.0), ("jha", 3.0))]
    cells += [cell("vae-instance-conv:4", sectional_data=0.5), cell("vae-mlp:4", sectional_data=100.0)]
    kinds = ("szabo-conv", "mathieu-conv", "jha-conv")
    found = [contrast(cells, "mnist", kind, "vae-instance-conv", "sectional_data") for kind in kinds]
    assert found == [[0.5], [], [2.5]]


def test_the_saving_is_a_share_of_the_straight_line_where_there_is_one():
    saved = [0.0, 0.05, 0.5]
    cells = [cell("vae-mlp:2", length_excess=1 / (1 - s) - 1) for s in saved]
    assert savings([*cells, cell("gan-mlp:16", length_excess=None)]) == pytest.approx(saved)
