"""Errors beside the deviations that were predicted."""

import pytest
import torch
from companion.chapters.variance_estimates.calibration import calibration
from problems import normal

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_errors_of_the_predicted_size_are_calibrated_and_small_predictions_overconfident():
    std = normal(400, 1).exp().expand(400, 30)
    errors = normal(400, 31)[:, 1:] * std
    found = calibration(errors, torch.zeros_like(std), std)
    assert found.ratio == pytest.approx(1, abs=0.15)
    assert found.rank_correlation > 0.9
    assert found.coverage == pytest.approx(0.954, abs=0.01)
    assert calibration(errors, torch.zeros_like(std), std / 2).ratio == pytest.approx(4 * found.ratio)
