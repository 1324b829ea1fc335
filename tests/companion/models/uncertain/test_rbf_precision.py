"""Precision by radial basis functions: closed forms and the fit of its weights."""

import itertools

import pytest
import torch
from companion.models.uncertain.rbf_precision import fit_weights, place_centres, rbf_std
from problems import normal

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


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
    z = normal(4000, 2) + torch.tensor([30.0, 0.0]) * (torch.arange(4000) % 2)[:, None]
    scale = torch.where(z[:, :1] < 15, 0.2, 0.5).double()
    std = rbf_std(6, 2, 4, zeta=1e-6).double()
    place_centres(std[0], z, bandwidth_scale=2.0, seed=0)
    squares = (scale * normal(4000, 4, seed=1)).square()
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


def test_more_centres_than_codes_and_a_negative_bandwidth_are_refused():
    basis = rbf_std(4, 2, 3, zeta=1.0)[0]
    with pytest.raises(ValueError, match="n_centres: got 4 for 3 codes"):
        place_centres(basis, torch.zeros(3, 2), bandwidth_scale=1.0, seed=0)
    with pytest.raises(ValueError, match="bandwidth_scale: got -1"):
        place_centres(basis, torch.rand(9, 2), bandwidth_scale=-1.0, seed=0)
