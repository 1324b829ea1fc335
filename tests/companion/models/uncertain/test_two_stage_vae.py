"""Decoders that know how unsure they are: precision by radial basis functions, a network, an ensemble."""

import dataclasses
import itertools

import pytest
import torch
from companion import datasets
from companion.models import build_model
from companion.models.uncertain.rbf_precision import fit_weights, place_centres, rbf_std
from companion.models.uncertain.two_stage_vae import fit_by_gradient
from companion.training import TrainingConfig, fit, initial_model, load_or_train, store
from pullback import ExpectedPullbackMetric, PullbackMetric
from torch.distributions import Normal
from torch.func import jacfwd, vmap

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")

TINY = TrainingConfig(
    model="vae-rbf-mlp",
    hidden=(16,),
    activation="tanh",
    output_activation="sigmoid",
    epochs=3,
    batch_size=64,
    n_train=256,
    options={"n_centres": 8, "std_steps": 30},
    device="cpu",
)
TWO_STAGES = ("vae-rbf-mlp", "vae-rbf-conv", "vae-variance-mlp", "vae-variance-conv")
SHORT = {
    "vae-rbf-mlp": {"n_centres": 8, "std_steps": 30},
    "vae-rbf-conv": {"n_centres": 8, "std_steps": 15},
    "vae-variance-mlp": {"std_steps": 30},
    "vae-variance-conv": {"std_steps": 8},
    "vae-ensemble-mlp": {"n_decoders": 3},
}


@pytest.fixture(scope="module")
def digits():
    return datasets.load("mnist", "test")


@pytest.fixture(scope="module")
def trained(digits):
    """A model of each kind after a short training of both stages, in double precision."""
    models = {}
    for name, options in SHORT.items():
        config = dataclasses.replace(TINY, model=name, options=options, epochs=1)
        model = initial_model(config, digits.image_shape)
        fit(model, digits.images[:256], config, progress=False)
        models[name] = model.double().requires_grad_(False)
    return models


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_one_bump_has_its_closed_form_at_the_centre_and_far_away():
    """`eq-rbf-precision`."""
    std = rbf_std(1, 2, 3, zeta=1e-4).double()
    std[0].rates.fill_(0.5)
    std[1].weight.copy_(torch.tensor([[3.0], [8.0], [0.0]]))
    z = torch.tensor([[0.0, 0.0], [0.0, 2.0], [60.0, 0.0]], dtype=torch.float64)
    bump = torch.exp(torch.tensor([0.0, -2.0, -1800.0], dtype=torch.float64))
    expected = (bump[:, None] * torch.tensor([3.0, 8.0, 0.0]) + 1e-4) ** -0.5
    torch.testing.assert_close(std(z), expected, rtol=1e-6, atol=0)
    torch.testing.assert_close(std(z)[2], torch.full((3,), 100.0, dtype=torch.float64), rtol=1e-6, atol=0)


def test_bandwidths_follow_the_mean_distance_in_each_cluster():
    """`eq-rbf-bandwidth`: clusters of radius 1 and 2 with a = 2 have rates 1/8 and 1/32."""
    circle = torch.tensor([[1.0, 0], [-1, 0], [0, 1], [0, -1]], dtype=torch.float64)
    codes = torch.cat([circle, 2 * circle + 100])
    basis = rbf_std(2, 2, 3, zeta=1.0)[0].double()
    place_centres(basis, codes, bandwidth_scale=2.0, seed=0)
    order = basis.centres[:, 0].argsort()
    expected = torch.tensor([[0.0, 0.0], [100.0, 100.0]], dtype=torch.float64)
    torch.testing.assert_close(basis.centres[order], expected)
    torch.testing.assert_close(basis.rates[order], torch.tensor([1 / 8, 1 / 32], dtype=torch.float64))


def test_a_cluster_of_one_code_takes_the_spread_of_the_others():
    codes = torch.tensor([[0.0, 0], [2, 0], [500, 0]], dtype=torch.float64)
    basis = rbf_std(2, 2, 3, zeta=1.0)[0].double()
    place_centres(basis, codes, bandwidth_scale=1.0, seed=0)
    torch.testing.assert_close(basis.rates, torch.full((2,), 0.5, dtype=torch.float64))


@pytest.fixture(scope="module")
def noisy():
    """Codes of two clusters far apart, with errors of standard deviation 0.2 in one and 0.5 in the other."""
    z = drawn(4000, 2) + torch.tensor([30.0, 0.0]) * (torch.arange(4000) % 2)[:, None]
    scale = torch.where(z[:, :1] < 15, 0.2, 0.5).double()
    std = rbf_std(6, 2, 4, zeta=1e-6).double()
    place_centres(std[0], z, bandwidth_scale=2.0, seed=0)
    squares = (scale * drawn(4000, 4, seed=1)).square()
    history = fit_weights(std, z, squares, n_steps=300)
    return std, z, scale, squares, history


def test_the_fitted_deviation_is_that_of_the_errors(noisy):
    std, z, scale, _, _ = noisy
    inner = (z - z.div(30).round() * 30).norm(dim=-1) < 1
    assert (std(z)[inner] / scale[inner] - 1).abs().mean() < 0.1


def test_every_step_raises_the_likelihood_and_no_weight_becomes_negative(noisy):
    std, _, _, _, history = noisy
    assert all(after >= before - 1e-12 for before, after in itertools.pairwise(history))
    assert history[-1] > history[0] + 0.1
    assert (std[1].weight >= 0).all()


def test_no_other_positive_weights_are_likelier(noisy):
    """The conditions of Karush, Kuhn and Tucker: no gradient where W > 0, none upwards where W = 0."""
    std, z, _, squares, _ = noisy
    v, layer = std[0](z), std[1]
    gradient = (1 / layer(v) - squares).mT @ v / len(z)
    scale = (squares.mT @ v / len(z)).mean()
    used = layer.weight > 1e-3 * layer.weight.max()
    assert used.any()
    assert gradient[used].abs().max() < 0.02 * scale
    assert gradient[~used].max(initial=0) < 0.02 * scale if (~used).any() else True


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
    z = drawn(256, 2).float()
    squares = torch.full((256, 784), 0.01)

    def log_likelihood():
        return -(model.std(z).log() + 0.5 * squares / model.std(z).square()).mean().item()

    before = log_likelihood()
    model.fit_std(z, z, squares, generator=torch.Generator().manual_seed(0))
    assert log_likelihood() > before + 0.01


@pytest.mark.parametrize("name", TWO_STAGES)
def test_the_likelihood_of_a_finished_model_is_the_normal_density_of_mean_and_deviation(name, trained):
    model, x, z = trained[name], drawn(5, 784).sigmoid(), drawn(5, 2, seed=1)
    expected = Normal(model.mean(z), model.std(z)).log_prob(x).sum(-1)
    torch.testing.assert_close(model.log_likelihood(x, z), expected)


@pytest.mark.parametrize("name", ["vae-rbf-mlp", "vae-rbf-conv"])
def test_doubt_is_small_on_the_codes_and_at_its_bound_far_away(name, trained, digits):
    model = trained[name]
    codes = model.encode_mean(digits.images[:256].double())
    on = model.std(codes).median()
    away = model.std(codes * 1e3 + 1e3)
    assert on < 0.5
    torch.testing.assert_close(away, torch.full_like(away, 1e3), rtol=1e-3, atol=0)
    assert all((weight >= 0).all() for weight in model.decoder_std.parameters())


def test_a_variance_network_has_no_bound_to_meet_far_away(trained):
    far = trained["vae-variance-mlp"].std(torch.full((1, 2), 1e3, dtype=torch.float64))
    assert (far < 10).all()


@pytest.mark.parametrize("name", TWO_STAGES)
def test_no_deviation_is_asked_to_be_below_the_blur(name, trained, digits):
    codes = trained[name].encode_mean(digits.images[:256].double())
    assert trained[name].std(codes).quantile(0.01) > 0.03


@pytest.mark.parametrize("name", TWO_STAGES)
def test_the_expected_metric_takes_mean_and_deviation(name, trained):
    model, z = trained[name], drawn(3, 2)
    jacobians = [vmap(jacfwd(part))(z) for part in (model.mean, model.std)]
    expected = sum(J.mT @ J for J in jacobians)
    metric = ExpectedPullbackMetric(model.mean, model.std)
    torch.testing.assert_close(metric.matrix(z), expected, rtol=1e-6, atol=1e-9)


def test_a_checkpoint_keeps_the_second_stage(monkeypatch, tmp_path, digits):
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    monkeypatch.setattr(store.datasets, "load", lambda name, split: digits)
    z = drawn(4, 2).float()
    first = load_or_train(TINY, progress=False).model
    monkeypatch.setattr(store, "fit", None)
    second = load_or_train(TINY, progress=False).model
    assert second.is_finished
    assert torch.equal(first.std(z), second.std(z))


def test_the_stacked_decoders_pull_back_the_mean_of_the_metrics(trained):
    model, z = trained["vae-ensemble-mlp"], drawn(4, 2)
    alone = torch.stack([PullbackMetric(member).matrix(z) for member in model.members])
    torch.testing.assert_close(PullbackMetric(model.stacked).matrix(z), alone.mean(0))


def test_mean_and_spread_of_an_ensemble_are_those_of_its_members(trained):
    model, z = trained["vae-ensemble-mlp"], drawn(4, 2)
    decoded = torch.stack([member(z) for member in model.members])
    torch.testing.assert_close(model.mean(z), decoded.mean(0))
    torch.testing.assert_close(model.std(z), decoded.var(0, correction=0).sqrt())
    assert model.std(z).max() > 0.01


def test_every_member_of_an_ensemble_learns(digits):
    config = dataclasses.replace(TINY, model="vae-ensemble-mlp", options={"n_decoders": 3}, n_train=None)
    model = initial_model(config, digits.image_shape)
    before = [member[0].weight.clone() for member in model.members]
    fit(model, digits.images[:2000], dataclasses.replace(config, epochs=1), progress=False)
    assert all(not torch.equal(old, new[0].weight) for old, new in zip(before, model.members))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("vae-rbf-mlp", {"zeta": 0.0}, "zeta: got 0.0, expected a positive number"),
        ("vae-rbf-mlp", {"min_std": 0.0}, "min_std: got 0.0, expected a positive number"),
        ("vae-ensemble-mlp", {"n_decoders": 1}, "n_decoders: got 1, expected 2 or more"),
        ("vae-rbf-mlp", {"n_centers": 8}, "did you mean 'n_centres'"),
    ],
    ids=["zeta", "min_std", "n_decoders", "misspelt"],
)
def test_bad_options_are_refused(name, options, message):
    with pytest.raises(ValueError, match=message):
        build_model(name, (1, 28, 28), 2, options=options)


@pytest.mark.parametrize("name", ["vae-rbf-mlp", "vae-variance-mlp", "vae-ensemble-mlp"])
def test_another_likelihood_is_refused(name):
    with pytest.raises(ValueError, match="likelihood: got 'bernoulli', expected 'gaussian'"):
        build_model(name, (1, 28, 28), 2, likelihood="bernoulli")


def test_more_centres_than_codes_and_a_negative_bandwidth_are_refused():
    basis = rbf_std(4, 2, 3, zeta=1.0)[0]
    with pytest.raises(ValueError, match="n_centres: got 4 for 3 codes"):
        place_centres(basis, torch.zeros(3, 2), bandwidth_scale=1.0, seed=0)
    with pytest.raises(ValueError, match="bandwidth_scale: got -1"):
        place_centres(basis, torch.rand(9, 2), bandwidth_scale=-1.0, seed=0)


def test_a_second_stage_can_be_done_again_with_other_centres(trained, digits):
    model, x = trained["vae-rbf-mlp"], digits.images[:256].double()
    other = model.refitted(x, n_centres=5, bandwidth_scale=1.0, generator=torch.Generator().manual_seed(0))
    z = drawn(4, 2)
    assert len(other.std[0].centres) == 5
    assert torch.equal(other.mean(z), model.mean(z))
    assert len(model.std[0].centres) == 8
    torch.testing.assert_close(other.std(z * 1e3), model.std(z * 1e3))


def test_a_standard_deviation_that_falls_to_zero_is_an_error_and_not_a_model_of_nans():
    """A pixel that never errs: the likelihood has no bound, and a large step ends at sigma = 0."""
    std = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Softplus())
    z, generator = drawn(64, 2).float(), torch.Generator().manual_seed(0)
    options = {"n_steps": 200, "learning_rate": 100.0, "generator": generator}
    with pytest.raises(FloatingPointError, match="fell to zero at step"):
        fit_by_gradient(std, z, torch.zeros(64, 3), **options)
