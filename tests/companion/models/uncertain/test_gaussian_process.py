"""The Gaussian process, against that of scikit-learn and closed forms."""

import math

import pytest
import torch
from companion.models.uncertain.gaussian_process import GaussianProcess
from problems import generator, normal
from pullback.measures.jacobian.sampled_jacobians import process_jacobians
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from torch.func import jacfwd, vmap

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


@pytest.fixture(scope="module")
def process():
    z = normal(60, 2)
    x = torch.cat([z.sin(), (2 * z).cos(), z[:, :1] * z[:, 1:]], -1) + 0.05 * normal(60, 5)
    return GaussianProcess(z, x), z, x


def log_marginal_likelihood(process, x):
    """Log density of the training data (n, D) under the process, in nats."""
    y, L = x - process.offset, process._factor
    fit = (y * torch.cholesky_solve(y, L)).sum() / 2
    return -fit - y.shape[1] * (L.diagonal().log().sum() + len(y) / 2 * math.log(2 * math.pi))


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


def test_the_gram_matrix_of_the_mean_is_that_of_its_jacobian(process):
    z = normal(3, 4, 2)
    J = process[0].mean_jacobian(z.reshape(-1, 2))
    torch.testing.assert_close(process[0].mean_gram(z).reshape(-1, 2, 2), J.mT @ J)
