"""Names of the grid's models, and the space that is measured of each family."""

import pytest
import torch
from companion import datasets
from companion.chapters.one_ruler.measures import MEASURES
from companion.chapters.one_ruler.model_grid import (
    GridCell,
    GridModel,
    GridTraining,
    labelled_pictures,
    space_of,
    without_facets,
)
from companion.chapters.one_ruler.readings import Reading, Readings
from companion.training import initial_model
from pullback.metrics.pullback import PullbackMetric

NAMES = ["vae-mlp:2", "vae-mlp:16:tanh", "vae-rbf-mlp:2:mean", "szabo-conv:4", "vae-mlp:3:untrained"]


def cell(model, dataset="mnist", **values):
    readings = {name: Reading(values.get(name, 0.0), 0.0, 1.0) for name in MEASURES}
    return GridCell(GridModel.parse(model), dataset, None, Readings(readings, 1.0, 1.0))


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


@pytest.mark.parametrize("name", ["vae-mlp:2", "gan-mlp:2", "gan-mlp:2:elu", "vae-mlp:2:tanh", "jha-conv:4"])
def test_what_is_written_down_of_a_model_is_what_it_is_trained_with(name, pictures):
    model = GridModel.parse(name)
    config = GridTraining(hidden=(16, 8), n_train=100, conv_train=100).config(model, "mnist")
    assert model.causes["activation"] == config.activation
    network = initial_model(config, pictures.image_shape, 10)
    ends_in_sigmoid = any(
        isinstance(layer, torch.nn.Sigmoid) for layer in list(network.decoder.modules())[-2:]
    )
    assert model.causes["output"] == ("sigmoid" if ends_in_sigmoid else "linear")


def test_a_generator_is_usual_with_hyperbolic_tangents_and_says_so_only_otherwise():
    usual, other = GridModel.parse("gan-mlp:2"), GridModel.parse("gan-mlp:2:elu")
    assert (usual.activation, usual.is_usual, usual.title) == ("tanh", True, "GAN 2")
    assert (other.activation, other.is_usual, other.title) == ("elu", False, "GAN 2, elu")
    assert not GridModel.parse("vae-mlp:2:deep").is_usual


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


def measured(name, pictures, rows):
    model = GridModel.parse(name)
    config = GridTraining(hidden=(16, 8), n_train=100, conv_train=100).config(model, "mnist")
    network = initial_model(config, pictures.image_shape, 10).double().eval()
    return network, space_of(network, model, pictures, rows, seed=0)


def test_of_a_disentangling_model_the_specified_code_is_measured(pictures):
    network, seen = measured("szabo-conv:4", pictures, torch.arange(6))
    assert seen.codes.shape == (6, 4)
    assert seen.decoder(seen.codes).shape == (6, 784)
    assert network.latent_dim == 8
    assert seen.std is None
    assert seen.images is None


def test_of_a_generator_draws_of_the_prior_without_labels(pictures):
    _, seen = measured("gan-mlp:2", pictures, torch.arange(6))
    assert seen.labels is None
    assert seen.codes.shape == (6, 2)


def test_what_knows_its_uncertainty_is_measured_with_it_unless_the_mean_is_asked_for(pictures):
    _, uncertain = measured("vae-ensemble-mlp:2", pictures, torch.arange(6))
    z = uncertain.codes
    mean_alone = measured("vae-ensemble-mlp:2:mean", pictures, torch.arange(6))[1]
    traces = [m.matrix(z).diagonal(dim1=-2, dim2=-1).sum() for m in (uncertain.metric, mean_alone.metric)]
    assert traces[0] > traces[1]
    decoded = PullbackMetric(mean_alone.decoder).matrix(z)
    assert torch.allclose(mean_alone.metric.matrix(z), decoded)


def test_untrained_weights_are_fresh_and_the_codes_are_not(pictures):
    _, trained = measured("vae-mlp:2", pictures, torch.arange(6))
    _, fresh = measured("vae-mlp:2:untrained", pictures, torch.arange(6))
    assert torch.equal(trained.codes, fresh.codes)
    assert not torch.allclose(trained.decoder(trained.codes), fresh.decoder(fresh.codes))


def test_facets_have_no_curvature_to_read_and_keep_their_other_readings():
    found = without_facets(cell("vae-mlp:2:relu", arc_chord_excess=0.3, sectional=0.0).readings)
    assert found["sectional"].value is None
    assert found["scalar"].reason == found["sectional_data"].reason != ""
    assert found["arc_chord_excess"].value == 0.3
