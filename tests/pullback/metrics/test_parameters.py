"""The tensors that a metric can be trained in."""

import gradient_problems
import pytest
import torch
from problems import SPHERE, normal
from pullback import PullbackMetric
from pullback.metrics.parameters import parameters_of


@pytest.mark.parametrize("problem", gradient_problems.PARAMETRISED)
def test_parameters_are_found_wherever_a_function_keeps_them(problem):
    metric, parameters, z0, _ = gradient_problems.PARAMETRISED[problem]()
    found = {id(p) for p in parameters_of(metric, z0)}
    # A bias added last moves all points alike, and only for features is it there to be found.
    assert {id(p) for p in parameters} >= found >= {id(p) for p in parameters[:3]}
    with torch.no_grad():
        assert parameters_of(metric, z0) == []


def test_a_metric_has_no_parameters_unless_it_is_trainable():
    network = torch.nn.Sequential(torch.nn.Linear(2, 3)).double()
    assert parameters_of(PullbackMetric(network), normal(1, 2)) == []
    assert parameters_of(SPHERE.metric, normal(1, 2)) == []
