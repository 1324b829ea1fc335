"""Multiple shooting: geodesics that single shots do not find."""

import problems
import torch
from pullback import PullbackMetric, exp, geodesic, log
from pullback.geodesics.multiple_shooting import sew

# Flat in the coordinates (z_1, z_2^2), where geodesics are straight; nearly singular beside z_2 = 0.
FOLD = PullbackMetric(lambda z: torch.stack([z[:, 0], z[:, 1].square()], dim=-1))
START, END = torch.tensor([[[0.0, 0.01]], [[1.0, 1.0]]], dtype=torch.float64)
VELOCITY = torch.tensor([[1.0, (1 - 1e-4) / 0.02]], dtype=torch.float64)


def test_a_geodesic_that_starts_where_the_metric_is_nearly_singular_is_found():
    """eq-log"""
    found = log(FOLD, START, END, return_result=True)
    assert found.converged.all()
    assert found.n_steps.item() <= 4
    torch.testing.assert_close(found.velocity, VELOCITY, rtol=1e-6, atol=0)
    torch.testing.assert_close(found.length, torch.full((1,), (1 + (1 - 1e-4) ** 2) ** 0.5).double())


def test_pieces_are_sewn_to_the_geodesic_with_its_derivative(generator):
    """eq-log"""
    metric = problems.SPHERE.metric
    z0, z1 = problems.SPHERE.sample_pairs(3, generator)
    curve = geodesic(metric, z0, z1, n_segments=6).curve
    truth = log(metric, z0, z1)
    v, derivative, closed = sew(metric, curve, 1.2 * truth, rtol=1e-8)
    assert closed.all()
    torch.testing.assert_close(v, truth, rtol=1e-6, atol=1e-7)
    step = 1e-5 * torch.eye(2, dtype=torch.float64)
    differences = [(exp(metric, z0, truth + e) - exp(metric, z0, truth - e)) / 2e-5 for e in step]
    torch.testing.assert_close(derivative, torch.stack(differences, dim=-1), rtol=1e-3, atol=1e-4)


def test_a_guess_that_leads_nowhere_is_said_not_to_be_closed():
    shares = torch.linspace(0, 1, 5, dtype=torch.float64)[None, :, None]
    curve = START[:, None] + shares * (END - START)[:, None]
    _, _, closed = sew(FOLD, curve, torch.full((1, 2), torch.inf, dtype=torch.float64), rtol=1e-8)
    assert not closed.any()


def test_geodesics_too_large_for_a_dense_system_are_left_alone():
    curve = torch.zeros(1, 33, 33, dtype=torch.float64)
    assert sew(FOLD, curve, curve[:, 0], rtol=1e-8) == (None, None, None)
