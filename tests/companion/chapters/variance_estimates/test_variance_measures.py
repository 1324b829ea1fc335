"""Instruments and models of the variance chapter, held against closed forms."""

import math
from types import SimpleNamespace

import pytest
import torch
from companion.chapters.variance_estimates.calibration import calibration
from companion.chapters.variance_estimates.hausdorff import hausdorff_distance
from companion.chapters.variance_estimates.marginal_likelihood import (
    importance_log_likelihood,
    prior_log_likelihood,
    rescaled,
)
from companion.chapters.variance_estimates.on_and_off_data import off_minus_on
from companion.measures import length_variation as variation
from companion.measures.length_variation import length_variation, paired_t
from companion.models.uncertain.fixed_codes import fit_mean, fit_rbf, fit_variance_network
from companion.models.uncertain.gaussian_process import GaussianProcess, log_marginal_likelihood
from companion.training import TrainingConfig
from problems import generator, normal
from pullback import EuclideanMetric
from pullback.measures.jacobian.sampled_jacobians import process_jacobians
from pullback.measures.support import Support
from pullback.metrics.field import MetricField
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from torch.distributions import MultivariateNormal
from torch.func import jacfwd, vmap

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


@pytest.fixture(scope="module")
def linear():
    """x = A z + b + noise of 0.5: the marginal is normal, the posterior is known."""
    A, b = normal(4, 2), normal(4)
    marginal = MultivariateNormal(b, A @ A.T + 0.25 * torch.eye(4, dtype=torch.float64))
    return lambda z: z @ A.T + b, lambda z: torch.full((*z.shape[:-1], 4), 0.5).double(), marginal, A, b


def samples(marginal):
    """Twenty points by a seed; `marginal.sample` would take torch's own generator as it finds it."""
    noise = torch.randn(20, 4, generator=generator(1), dtype=torch.float64)
    return marginal.loc + noise @ marginal.scale_tril.mT


def test_codes_from_the_prior_give_the_marginal_likelihood_of_a_linear_model(linear):
    """`eq-prior-likelihood`."""
    mean, std, marginal, _, _ = linear
    x = samples(marginal)
    found = prior_log_likelihood(x, mean, std, 2, n_samples=40_000, generator=generator())
    assert (found - marginal.log_prob(x)).abs().max() < 0.25


def test_codes_from_the_posterior_agree(linear):
    mean, std, marginal, A, b = linear
    x = samples(marginal)
    precision = torch.eye(2, dtype=torch.float64) + 4 * A.T @ A

    def encode(x):
        centre = (4 * (x - b) @ A) @ torch.linalg.inv(precision)
        return centre, torch.linalg.inv(precision).diagonal().sqrt().expand_as(centre)

    found = importance_log_likelihood(x, mean, std, encode, n_samples=4000, generator=generator())
    assert (found - marginal.log_prob(x)).abs().max() < 0.25


def test_units_shift_a_log_density_by_the_logarithm_of_the_volume():
    x, scale = normal(7), torch.distributions.Normal(0.0, 1.0)
    twice = torch.distributions.Normal(0.0, 2.0).log_prob(2 * x).sum()
    torch.testing.assert_close(rescaled(scale.log_prob(x).sum(), 7, factor=2.0), twice)
    bare = rescaled(scale.log_prob(x).sum(), 7, constant=False)
    torch.testing.assert_close(bare, -0.5 * x.square().sum())


def test_the_hausdorff_distance_of_parallel_segments_is_their_distance():
    """`eq-hausdorff`; a longer curve is as far as its overhang."""
    t = torch.linspace(0, 1, 50, dtype=torch.float64)
    a = torch.stack([t, torch.zeros_like(t)], -1)
    assert hausdorff_distance(a, a + torch.tensor([0.0, 0.3])).item() == pytest.approx(0.3)
    long = torch.stack([3 * t, torch.zeros_like(t)], -1)
    assert hausdorff_distance(a, long).item() == pytest.approx(2)
    assert hausdorff_distance(long, a).item() == pytest.approx(2)


def test_a_step_field_has_its_step_between_on_and_off_the_data():
    codes = 0.3 * normal(200, 2)
    support = Support(codes)
    found = off_minus_on(
        lambda z: (support.distance(z) > 2 * support.radius).double() * 5, support, (-3, 3, -3, 3)
    )
    assert found == pytest.approx(5)
    with pytest.raises(ValueError, match="0 off it"):
        off_minus_on(lambda z: z[:, 0], support, (-0.1, 0.1, -0.1, 0.1))


def test_errors_of_the_predicted_size_are_calibrated_and_small_predictions_overconfident():
    std = normal(400, 1).exp().expand(400, 30)
    errors = normal(400, 31)[:, 1:] * std
    found = calibration(errors, torch.zeros_like(std), std)
    assert found.ratio == pytest.approx(1, abs=0.15)
    assert found.rank_correlation > 0.9
    assert found.coverage == pytest.approx(0.954, abs=0.01)
    assert calibration(errors, torch.zeros_like(std), std / 2).ratio == pytest.approx(4 * found.ratio)


@pytest.fixture(scope="module")
def process():
    z = normal(60, 2)
    x = torch.cat([z.sin(), (2 * z).cos(), z[:, :1] * z[:, 1:]], -1) + 0.05 * normal(60, 5)
    return GaussianProcess(z, x), z, x


def test_the_process_is_the_one_of_scikit_learn(process):
    gp, z, x = process
    kernel = ConstantKernel(gp.scale**2) * RBF(gp.length) + WhiteKernel(gp.noise**2)
    expected = GaussianProcessRegressor(kernel, optimizer=None, alpha=1e-8 * gp.scale**2)
    expected.fit(z.numpy(), (x - x.mean(0)).numpy())
    new = normal(9, 2) * 2
    mean, std = expected.predict(new.numpy(), return_std=True)
    torch.testing.assert_close(gp.mean(new) - x.mean(0), torch.from_numpy(mean), rtol=1e-5, atol=1e-6)
    variance = torch.from_numpy(std[..., 0] if std.ndim > 1 else std).square() - gp.noise**2
    torch.testing.assert_close(gp.variance(new), variance, rtol=1e-3, atol=1e-5)
    likelihood = expected.log_marginal_likelihood()
    assert log_marginal_likelihood(gp, x).item() == pytest.approx(likelihood, rel=1e-5)


def test_no_neighbouring_hyper_parameters_are_likelier(process):
    gp, _, x = process
    best = log_marginal_likelihood(gp, x)
    for name in ("scale", "length", "noise"):
        for factor in (0.9, 1.1):
            other = object.__new__(GaussianProcess)
            other.__dict__ = {**gp.__dict__, name: getattr(gp, name) * factor}
            other._factor = other._cholesky(other.scale, other.length, other.noise)
            assert log_marginal_likelihood(other, x) <= best + 0.5


@pytest.mark.parametrize("linear", [0.0, 0.7])
def test_the_mean_jacobian_is_the_derivative_of_the_mean(process, linear):
    gp = GaussianProcess(process[1], process[2], linear=linear)
    z = normal(4, 2)
    torch.testing.assert_close(gp.mean_jacobian(z), vmap(jacfwd(gp.mean))(z), rtol=1e-6, atol=1e-8)


def test_far_from_the_data_the_expected_metric_of_a_process_is_isotropic(process):
    """`eq-gp-metric`: only the prior is left, D s^2 / ell^2 on the diagonal."""
    gp = process[0]
    far = torch.tensor([[50.0, 50.0]], dtype=torch.float64)
    expected = 5 * (gp.scale / gp.length) ** 2 * torch.eye(2, dtype=torch.float64)
    torch.testing.assert_close(gp.expected_gram(far)[0], expected)
    J = process_jacobians(gp, far, 20_000, generator=generator())
    torch.testing.assert_close((J.mT @ J).mean(0)[0], expected, rtol=0.05, atol=0.05 * float(expected[0, 0]))


def test_lengths_that_only_change_their_unit_from_training_to_training_vary_by_that_unit():
    """`eq-length-variation`: of 1, 2, 3 times the same, the deviation of 1, 2, 3 over their mean."""
    lengths = torch.tensor([1.0, 2.0, 3.0])[:, None] * (1 + normal(7).abs())
    torch.testing.assert_close(length_variation(lengths), torch.full((7,), 0.5).double())
    torch.testing.assert_close(length_variation(5 * lengths), length_variation(lengths))
    with pytest.raises(ValueError, match="two trainings or more"):
        length_variation(lengths[:1])


def test_lengths_over_trainings_are_those_of_each_model_under_each_metric(monkeypatch):
    """An encoder that stretches by the seed, a flat metric and one twice as long."""

    class Stretch:
        def __init__(self, factor):
            self.factor = factor

        def cpu(self):
            return self

        double = cpu

        def encode_mean(self, x):
            return self.factor * x

    monkeypatch.setattr(variation, "load_or_train", lambda c, **_: SimpleNamespace(model=Stretch(c.seed)))
    images = normal(6, 2, 2)
    doubled = MetricField(lambda z: 4 * torch.eye(2, dtype=z.dtype).expand(*z.shape, 2))
    metrics = [lambda model: EuclideanMetric(), lambda model: doubled]
    found, good = variation.retrained_lengths([TrainingConfig(seed=s) for s in (1, 3)], images, metrics)
    apart = images.diff(dim=1)[:, 0].norm(dim=-1)
    torch.testing.assert_close(found, torch.tensor([[1.0, 3], [2, 6]]).double()[..., None] * apart)
    assert good.tolist() == [True] * 6


def test_the_paired_statistic_is_the_mean_difference_in_units_of_its_error():
    a, b = normal(40), normal(41)[1:] + 0.5
    gap = a - b
    assert paired_t(a, b) == pytest.approx((gap.mean() / (gap.std() / 40**0.5)).item())


def test_decoders_of_given_codes_learn_mean_and_deviation():
    z = normal(300, 2)
    clean = torch.stack([z[:, 0].sin(), z[:, 1], z.prod(-1)], -1)
    x = clean + 0.2 * normal(301, 3)[1:]
    mean = fit_mean(z, x, n_steps=400)
    assert (mean(z) - clean).square().mean() < 0.02
    squares = (x - mean(z)).square() + 1e-6
    for std in (
        fit_variance_network(z, squares, n_steps=400),
        fit_rbf(z, squares, n_centres=12, bandwidth_scale=2.0, zeta=1e-3),
    ):
        assert std(z).median().item() == pytest.approx(0.2, rel=0.2)
    assert std(z * 1e3).median().item() == pytest.approx(1 / math.sqrt(1e-3), rel=0.01)


def test_the_gram_matrix_of_the_mean_is_that_of_its_jacobian(process):
    z = normal(3, 4, 2)
    J = process[0].mean_jacobian(z.reshape(-1, 2))
    torch.testing.assert_close(process[0].mean_gram(z).reshape(-1, 2, 2), J.mT @ J)
