"""Models of two stages: what the second one holds, and what it makes likelier."""

import dataclasses

import pytest
import torch
from companion.models import build_model
from companion.models.uncertain.two_stage_vae import fit_by_gradient
from companion.training import initial_model, load_or_train, store
from problems import normal
from pullback import ExpectedPullbackMetric
from torch.distributions import Normal
from torch.func import jacfwd, vmap
from uncertain_models import SHORT, TINY, TWO_STAGES

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_the_second_stage_holds_mean_and_encoder(digits):
    model = initial_model(TINY, digits.image_shape).eval()
    x = digits.images[:256].flatten(1)
    z = model.encode_mean(x)
    before = model.mean(z), model.std(z)
    model.finish(x, digits.labels[:256], generator=torch.Generator().manual_seed(0))
    assert torch.equal(model.encode_mean(x), z)
    assert torch.equal(model.mean(z), before[0])
    assert not torch.equal(model.std(z), before[1])


# Not of "vae-variance-conv": its batch normalisation needs hundreds of steps to settle.
@pytest.mark.parametrize("name", TWO_STAGES[:3])
def test_the_second_stage_makes_the_errors_likelier(name, digits):
    config = dataclasses.replace(TINY, model=name, options=SHORT[name])
    model = initial_model(config, digits.image_shape).eval()
    z = normal(256, 2).float()
    squares = torch.full((256, 784), 0.01)

    def log_likelihood():
        return -(model.std(z).log() + 0.5 * squares / model.std(z).square()).mean().item()

    before = log_likelihood()
    model.fit_std(z, z, squares, generator=torch.Generator().manual_seed(0))
    assert log_likelihood() > before + 0.01


@pytest.mark.parametrize("name", TWO_STAGES)
def test_the_likelihood_of_a_finished_model_is_the_normal_density_of_mean_and_deviation(name, trained):
    model, x, z = trained[name], normal(5, 784).sigmoid(), normal(5, 2, seed=1)
    expected = Normal(model.mean(z), model.std(z)).log_prob(x).sum(-1)
    torch.testing.assert_close(model.log_likelihood(x, z), expected)


@pytest.mark.parametrize("name", TWO_STAGES)
def test_no_deviation_is_asked_to_be_below_the_blur(name, trained, digits):
    codes = trained[name].encode_mean(digits.images[:256].double())
    assert trained[name].std(codes).quantile(0.01) > 0.03


@pytest.mark.parametrize("name", TWO_STAGES)
def test_the_expected_metric_takes_mean_and_deviation(name, trained):
    model, z = trained[name], normal(3, 2)
    jacobians = [vmap(jacfwd(part))(z) for part in (model.mean, model.std)]
    expected = sum(J.mT @ J for J in jacobians)
    metric = ExpectedPullbackMetric(model.mean, model.std)
    torch.testing.assert_close(metric.matrix(z), expected, rtol=1e-6, atol=1e-9)


def test_a_checkpoint_keeps_the_second_stage(monkeypatch, tmp_path, digits):
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    monkeypatch.setattr(store.datasets, "load", lambda name, split: digits)
    z = normal(4, 2).float()
    first = load_or_train(TINY, progress=False).model
    monkeypatch.setattr(store, "fit", None)
    second = load_or_train(TINY, progress=False).model
    assert second.is_finished
    assert torch.equal(first.std(z), second.std(z))


@pytest.mark.parametrize("name", ["vae-rbf-mlp", "vae-variance-mlp", "vae-ensemble-mlp"])
def test_another_likelihood_is_refused(name):
    with pytest.raises(ValueError, match="likelihood: got 'bernoulli', expected 'gaussian'"):
        build_model(name, (1, 28, 28), 2, likelihood="bernoulli")


def test_a_standard_deviation_that_falls_to_zero_is_an_error_and_not_a_model_of_nans():
    """A pixel that never errs: the likelihood has no bound, and a large step ends at sigma = 0."""
    std = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Softplus())
    z, generator = normal(64, 2).float(), torch.Generator().manual_seed(0)
    options = {"n_steps": 200, "learning_rate": 100.0, "generator": generator}
    with pytest.raises(FloatingPointError, match="fell to zero at step"):
        fit_by_gradient(std, z, torch.zeros(64, 3), **options)
