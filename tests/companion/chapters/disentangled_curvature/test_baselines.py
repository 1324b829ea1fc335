"""Cells of the factorial: which there are, what they are called, and what they are trained as."""

import math

import pytest
from companion.chapters.disentangled_curvature.baselines import LEVELS, Cell, cells_of
from companion.training import initial_model
from torch import nn

VAES = {
    "network": ["mlp", "conv"],
    "output": ["linear", "sigmoid"],
    "noise": ["fixed", "learned", "bernoulli"],
    "latent_dim": [16, 80],
    "activation": ["relu", "elu"],
}


def test_the_factorial_has_every_combination_but_a_linear_bernoulli():
    cells = cells_of(VAES)
    assert len(cells) == 2 * 5 * 2 * 2
    assert len({cell.name for cell in cells}) == 40
    assert cells_of(VAES | {"noise": "bernoulli", "output": "linear"}) == []
    assert len(cells_of(VAES | {"latent_dim": 16}, seeds=[1, 2])) == 40


@pytest.mark.parametrize("cell", [*cells_of(VAES), Cell("jha", "sigmoid", "own", 16, "relu", 3)], ids=str)
def test_a_cell_is_trained_as_its_name_says(cell):
    assert Cell.parse(cell.name, cell.seed) == cell
    config = cell.config()
    assert (config.schedule, config.batch_size, config.seed) == ("constant", 128, cell.seed)
    model = initial_model(config, (1, 28, 28))
    assert model.output_activation == cell.output
    kinds = {type(module) for module in model.decoder.modules()}
    assert (nn.ReLU in kinds, nn.ELU in kinds) == (cell.activation == "relu", cell.activation == "elu")
    if cell.is_disentangled:
        assert (model.specified_dim, model.unspecified_dim) == (16, 16)
        return
    assert model.latent_dim == cell.latent_dim
    assert (model.likelihood == "bernoulli") == (cell.noise == "bernoulli")
    assert isinstance(model.log_std, nn.Parameter) == (cell.noise == "learned")
    if cell.noise == "fixed":
        assert model.log_std.exp().item() == pytest.approx(math.sqrt(0.5))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mlp-sigmoid", "cell: got 'mlp-sigmoid', expected NETWORK-OUTPUT-NOISE-LATENT_DIM-ACTIVATION"),
        ("mlp-sigmoid-fixed-17-elu", "latent_dim: got 17"),
        ("mlp-linear-bernoulli-16-elu", "expected noise that goes with network and output"),
        ("jha-sigmoid-fixed-16-elu", "expected noise that goes with network and output"),
    ],
)
def test_a_cell_that_cannot_be_is_refused(name, message):
    with pytest.raises(ValueError, match=message):
        Cell.parse(name)


def test_an_unknown_or_missing_choice_is_refused():
    with pytest.raises(ValueError, match="choice: got 'outputs'"):
        cells_of({"outputs": "linear"})
    with pytest.raises(ValueError, match="choices: got none of activation"):
        cells_of({name: VAES[name] for name in LEVELS if name != "activation"})
