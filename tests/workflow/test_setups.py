"""The facts of `book/setups.yml` are those of the recorded runs and of the training code."""

import json

import pytest
import torch
from companion import ledger, published
from companion.chapters.one_ruler import GridModel, GridTraining
from companion.ledger.judging.setups import POINTS, load_setups
from companion.models.uncertain.fixed_codes import fit_mean
from companion.training import TrainingConfig

LEARNED = "gaussian, one learned deviation"
PASSES = {
    # notebook -> beginning of a reading -> what says the passes and the images in the parameters of its runs
    "01_pullback_metric": {"expected_metric": ("epochs", "n_train")},
    "02_near_zero_curvature": {
        "convolutional.celeba_6000": ("conv_epochs.celeba-6000", None),
        "convolutional.svhn_1083": ("conv_epochs.svhn-1083", None),
        "convolutional.mnist": ("conv_epochs.mnist", "conv_train.mnist"),
        "convolutional.chairs_sh3d": ("conv_epochs.chairs-sh3d", None),
        "learned_saddle": ("surface_epochs", None),
        "walk": ("critic_epochs", None),
        "plain": ("epochs", "n_train"),
    },
    "03_variance_estimates": {
        "toy": ("toy_epochs", None),
        "log_likelihood": ("epochs", "n_train"),
        "circle": ("circle_steps", None),  # with all points in every step
    },
    "04_riemannian_clustering": {"digits_012": ("epochs", None)},
    "05_disentangled_curvature": {
        "mnist.jha": ("epochs_jha", "n_train"),
        "mnist.szabo": ("epochs_adversarial", "n_train"),
        "mnist": ("epochs_vae", "n_train"),
        "chairs": ("further_sets.chairs-sh3d-32", None),
        "faces": ("further_sets.heads-32", None),
    },
    "06_jacobian_conditioning": {
        "maps.vae_512_128_32_tanh": ("rerun_epochs", "n_train"),
        "maps.gan_128_32_tanh": ("gan_epochs", "n_train"),
        "maps": ("epochs", "n_train"),
    },
    "07_spsd_stratification": {"one_stratum": ("epochs", "n_train")},
    "08_one_ruler": {"models.szabo_conv_16": ("conv_epochs", "conv_train"), "models": ("epochs", "n_train")},
}
WHOLE = 60000  # images of MNIST, where a parameter of 0 asks for all


@pytest.fixture(scope="module")
def setups(root):
    return load_setups(root)


def entry(setups, notebook, reading):
    return next(one for one in setups.ours[notebook] if reading in one["readings"])


def source(root, notebook):
    cells = json.loads((root / "notebooks" / f"{notebook}.ipynb").read_text())["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def test_every_entry_says_all_points_and_documents_say_no_others(setups):
    for entries in setups.ours.values():
        assert all(set(POINTS) <= set(one) for one in entries)


def test_readings_of_the_set_ups_are_beginnings_of_readings_that_were_recorded(root, setups):
    claims, unknown = ledger.load_claims(root / "book" / "claims.yml"), []
    for notebook, entries in setups.ours.items():
        kept = {path for result in ledger.recorded_results(root, notebook) for path in result["readings"]}
        kept |= {name for claim in claims if claim.measured for name in claim.measured.names}
        named = [of for one in entries for of in one["readings"]]
        unknown += [(notebook, n) for n in named if not any(f"{path}.".startswith(f"{n}.") for path in kept)]
    assert unknown == []


@pytest.mark.parametrize(("notebook", "reading"), [(n, r) for n, own in PASSES.items() for r in own])
def test_passes_and_images_are_the_parameters_of_the_recorded_runs(root, setups, notebook, reading):
    parameters = ledger.recorded_results(root, notebook)[0]["parameters"]
    found = entry(setups, notebook, reading)
    for point, path in zip(("passes", "images"), PASSES[notebook][reading], strict=True):
        if path is not None:
            name, _, key = path.partition(".")
            value = parameters[name][key] if key else parameters[name]
            assert found[point] == (value or WHOLE), (notebook, reading, point)


def config_points(config):
    output = config.output_activation or ("linear" if config.likelihood == "gaussian" else "sigmoid")
    return {"activation": config.activation, "output": output, "optimiser": config.optimizer}


@pytest.mark.parametrize(
    ("notebook", "reading", "own", "said"),
    [
        (
            "01_pullback_metric",
            "expected_metric",
            {},
            "TrainingConfig(dataset=dataset, latent_dim=2, **settings)",
        ),
        ("02_near_zero_curvature", "plain", {}, "TrainingConfig(dataset=dataset, latent_dim=d, **settings)"),
        (
            "02_near_zero_curvature",
            "convolutional.mnist",
            {"model": "vae-conv", "learning_rate": 3e-3},
            "learning_rate=3e-3",
        ),
        (
            "02_near_zero_curvature",
            "learned_saddle",
            {"optimizer": "sgd", "learning_rate": 1e-4, "noise_std": 0.1},
            'optimizer="sgd", learning_rate=1e-4',
        ),
        ("03_variance_estimates", "toy", {"activation": "tanh"}, 'hidden=[32, 32], activation="tanh"'),
        (
            "03_variance_estimates",
            "log_likelihood",
            {"activation": "softplus", "output_activation": "sigmoid"},
            'activation="softplus", epochs=epochs',
        ),
        (
            "04_riemannian_clustering",
            "digits_012",
            {"activation": "tanh", "output_activation": "sigmoid"},
            'activation="tanh", output_activation="sigmoid"',
        ),
        (
            "06_jacobian_conditioning",
            "maps.vae_128_32_sigmoid",
            {"activation": "sigmoid", "likelihood": "bernoulli", "learning_rate": 0.01},
            'likelihood="bernoulli"',
        ),
        (
            "06_jacobian_conditioning",
            "maps.vae_512_128_32_tanh",
            {"activation": "tanh", "likelihood": "bernoulli", "learning_rate": 0.003},
            'slow = 0.002 if model == "gan" else 0.003',
        ),
        (
            "06_jacobian_conditioning",
            "maps.gan_128_32_tanh",
            {"activation": "tanh", "likelihood": "bernoulli", "learning_rate": 0.004},
            '"tanh": dict(learning_rate=0.004)',
        ),
        (
            "07_spsd_stratification",
            "one_stratum",
            {"activation": "relu", "noise_std": 0.05},
            'activation="relu", batch_size=16, learning_rate=2e-3',
        ),
    ],
)
def test_the_other_points_are_those_of_the_training_that_the_notebook_asks_for(
    root, setups, notebook, reading, own, said
):
    assert said in source(root, notebook)
    found, config = entry(setups, notebook, reading), TrainingConfig(**own)
    assert {point: found[point] for point in ("activation", "output", "optimiser")} == config_points(config)
    assert found["learning_rate"] == config.learning_rate
    if config.likelihood == "bernoulli":
        assert found["likelihood"] == "bernoulli"
    elif config.noise_std is not None:
        assert found["likelihood"] == f"gaussian, deviation {config.noise_std:g}"


@pytest.mark.parametrize(
    ("name", "reading"), [("vae-mlp:16", "models"), ("szabo-conv:16", "models.szabo_conv_16")]
)
def test_chapter_8_trains_as_its_grid_says(setups, name, reading):
    model, found = GridModel.parse(name), entry(setups, "08_one_ruler", reading)
    config = GridTraining(epochs=5, n_train=20000).config(model, "mnist")
    assert (found["activation"], found["output"]) == (config.activation, model.output)
    assert (found["passes"], found["images"]) == (config.epochs, config.n_train)
    assert found["learning_rate"] == config.learning_rate


def test_chapter_5_trains_as_its_notebook_says(root, setups):
    parameters = ledger.recorded_results(root, "05_disentangled_curvature")[0]["parameters"]
    for reading in ("mnist.jha", "mnist.szabo", "mnist", "chairs"):
        assert (
            entry(setups, "05_disentangled_curvature", reading)["learning_rate"]
            == parameters["learning_rate"]
        )
    assert (
        "activation"
        not in source(root, "05_disentangled_curvature").split("def configs_for")[1].split("small, large")[0]
    )
    assert (
        TrainingConfig().activation
        == entry(setups, "05_disentangled_curvature", "mnist")["activation"]
        == "elu"
    )


@pytest.mark.parametrize("model", ["szabo", "mathieu", "jha"])
def test_published_weights_are_set_up_as_their_catalogue_says(setups, model):
    found, catalogue = (
        entry(setups, "05b_asked_again", f"published.{model}"),
        published.entry(f"{model}-mnist"),
    )
    assert found["activation"] == catalogue.variant["activation"]
    assert f"{found['passes']} epochs" in catalogue.training
    assert float(catalogue.training.rsplit(" ", 1)[-1]) == found["learning_rate"]


def test_the_networks_of_the_circle_are_those_of_the_library(setups):
    z = torch.linspace(-1, 1, 8, dtype=torch.float64)[:, None]
    layers = list(fit_mean(z, z.repeat(1, 3), n_steps=1).modules())
    found = entry(setups, "03_variance_estimates", "circle")
    assert found["activation"] == "tanh"
    assert any(isinstance(layer, torch.nn.Tanh) for layer in layers)
    assert isinstance(layers[-1], torch.nn.Linear)
