"""How lengths vary from training to training."""

from types import SimpleNamespace

import pytest
import torch
from companion.measures import length_variation as variation
from companion.measures.length_variation import length_variation, paired_t
from companion.training import TrainingConfig
from problems import normal
from pullback import EuclideanMetric
from pullback.metrics.field import MetricField

# torch compiles its forward-mode rules on their first use by a function that it calls deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


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
