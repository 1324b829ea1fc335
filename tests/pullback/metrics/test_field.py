"""A metric given by a formula."""

import math

import pytest
import torch
from problems import FIELDS, POINTS, generator
from pullback import MetricField


@pytest.mark.parametrize("problem", FIELDS, ids=str)
def test_a_metric_given_directly_has_no_features(problem):
    metric = problem.metric
    assert not metric.has_features
    for call in (metric.features, metric.features_and_jacobian):
        with pytest.raises(ValueError, match="MetricField, which has no features"):
            call(problem.sample(2, generator()))


@pytest.mark.parametrize("problem", FIELDS, ids=str)
@pytest.mark.parametrize("batch", [(), (1,), (4, 5)], ids=str)
def test_the_matrix_is_the_formula_at_points_of_any_batch(problem, batch):
    z = problem.sample(math.prod(batch), generator()).reshape(*batch, problem.d)
    G = MetricField(problem.matrix).matrix(z)
    assert G.shape == (*batch, problem.d, problem.d)
    assert torch.equal(G, problem.matrix(z))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: MetricField(torch.eye(2)), "matrix_fn: got Tensor, expected a callable"),
        (lambda: MetricField(lambda z: z).matrix(POINTS), r"matrix_fn: got shape \(2, 2\)"),
        (lambda: MetricField(lambda z: z[..., None] * z[..., None, :].sin()).matrix(POINTS), "not symmetric"),
        (lambda: MetricField(lambda z: -torch.eye(2).double().expand(2, 2, 2)).cometric(POINTS), "singular"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
