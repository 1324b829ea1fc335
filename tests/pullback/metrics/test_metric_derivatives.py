"""Derivatives of the metric matrix itself, against differences and closed forms."""

import pytest
import torch
from problems import FIELDS, HALF_PLANE, PROBLEMS, WITH_CHRISTOFFELS, generator, normal
from pullback import MetricField, PullbackMetric, christoffels, geodesic
from pullback.metrics.metric_derivatives import (
    along,
    lowered_christoffels,
    lowered_riemann,
    metric_derivative,
    metric_second_derivative,
    plane_curvature,
)


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_first_and_second_derivatives_are_differences(problem):
    z, h = problem.sample(4, generator()), 1e-5
    G, dG = metric_derivative(problem.metric, z)
    steps = h * torch.eye(problem.d, dtype=z.dtype)
    first = [(problem.matrix(z + e) - problem.matrix(z - e)) / (2 * h) for e in steps]
    second = [
        (metric_derivative(problem.metric, z + e)[1] - metric_derivative(problem.metric, z - e)[1]) / (2 * h)
        for e in steps
    ]
    torch.testing.assert_close(G, problem.matrix(z))
    torch.testing.assert_close(dG, torch.stack(first, dim=-1), rtol=1e-6, atol=1e-7)
    ddG = metric_second_derivative(problem.metric, z)
    torch.testing.assert_close(ddG, torch.stack(second, dim=-1), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(ddG, ddG.mT)


@pytest.mark.parametrize("problem", WITH_CHRISTOFFELS, ids=str)
def test_symbols_of_the_first_kind_are_the_lowered_ones_of_the_second(problem):
    """`eq-christoffel`"""
    z = problem.sample(5, generator())
    G, dG = metric_derivative(problem.metric, z)
    expected = torch.einsum("nkl,nlij->nkij", G, problem.christoffels(z))
    torch.testing.assert_close(lowered_christoffels(dG), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("problem", FIELDS, ids=str)
def test_constant_curvature_has_the_tensor_that_its_metric_gives(problem):
    """R_ijkl = K (G_il G_jk - G_ik G_jl) up to the order of the last two, K = <R(u, v) v, u> / area^2."""
    z = problem.sample(3, generator())
    G, dG = metric_derivative(problem.metric, z)
    R = lowered_riemann(dG, metric_second_derivative(problem.metric, z), torch.linalg.inv(G))
    u, v = normal(3, problem.d), normal(3, problem.d, seed=1)
    contracted = torch.einsum("nijkl,ni,nj,nk,nl->n", R, u, v, u, v).abs()
    uu, vv, uv = (torch.einsum("ni,nij,nj->n", a, G, b) for a, b in ((u, u), (v, v), (u, v)))
    K = problem.sectional(z, u, v)
    torch.testing.assert_close(contracted, K.abs() * (uu * vv - uv**2), rtol=1e-8, atol=1e-9)
    found = plane_curvature(problem.metric, z, u, v, torch.linalg.inv(G))
    torch.testing.assert_close(found, K * (uu * vv - uv**2), rtol=1e-8, atol=1e-9)


def test_a_directional_derivative_can_be_taken_of_itself():
    """The metric y^-2 of the half-plane, twice along (0, 1): 6 y^-4."""
    z = HALF_PLANE.sample(6, generator())
    up = torch.tensor([0.0, 1.0], dtype=torch.float64).expand(6, 2).contiguous()
    twice = along(along(HALF_PLANE.metric.matrix, up), up)(z)
    expected = 6 * z[:, 1, None, None] ** -4 * torch.eye(2, dtype=torch.float64)
    torch.testing.assert_close(twice, expected)


def test_a_formula_that_cuts_the_way_of_derivatives_is_refused_and_not_called_flat():
    field = MetricField(lambda z: torch.eye(2).to(z) * (1 + z.detach().square().sum(-1))[..., None, None])
    z = torch.tensor([[0.5, 1.0], [1.5, 0.2]], dtype=torch.float64)
    calls = (metric_derivative, metric_second_derivative, christoffels)
    for call in (
        *(lambda call=call: call(field, z) for call in calls),
        lambda: geodesic(field, z[:1], z[1:]),
    ):
        with pytest.raises(ValueError, match="metric: its derivative is 0 where values change by"):
            call()


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_a_second_derivative_that_torch_gets_wrong_is_refused():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = torch.nn.Sequential(torch.nn.Linear(2, 6), torch.nn.LayerNorm(6), torch.nn.Tanh()).double()
    z = torch.tensor([[0.5, 1.0], [1.5, 0.2]], dtype=torch.float64)
    traced = PullbackMetric(torch.jit.trace(net, z))
    with pytest.raises(ValueError, match=r"metric: its derivative is .* long where values change"):
        metric_derivative(traced, z)
    torch.testing.assert_close(metric_derivative(PullbackMetric(net), z)[0], traced.matrix(z))


def test_what_is_compared_once_is_not_compared_again():
    calls = []

    def formula(z):
        calls.append(len(z))
        return torch.eye(2).to(z) * (1 + z.square().sum(-1))[..., None, None]

    field, z = MetricField(formula), torch.ones(3, 2, dtype=torch.float64)
    metric_derivative(field, z)
    first = len(calls)
    metric_derivative(field, z)
    assert len(calls) - first < first
    assert field.compared_order == 1
    assert MetricField.compared_order == 0
