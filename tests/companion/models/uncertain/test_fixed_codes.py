"""Decoders of codes that are given."""

import math

import pytest
import torch
from companion.models.uncertain.fixed_codes import fit_mean, fit_rbf, fit_variance_network
from problems import normal

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


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
