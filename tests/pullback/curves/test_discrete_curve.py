"""Lengths, energies and readings of discrete curves."""

import math

import problems
import pytest
import torch
from pullback import MetricField, curve_energy, curve_length, linear_interpolation
from pullback.curves.discrete_curve import even_spacing, resample

FLAT = MetricField(lambda z: torch.eye(2, dtype=z.dtype).expand(*z.shape, 2))


def circle(n, turns=0.25):
    t = torch.linspace(0, 1, n + 1, dtype=torch.float64)[:, None] * 2 * math.pi * turns
    return torch.cat([t.cos(), t.sin()], dim=-1)


def order(errors):
    """Exponent of the error in 1 / n, from errors at n and 2 n and 4 n ..."""
    logs = torch.tensor(errors).abs().log2()
    return float(-(logs.diff()).mean())


@pytest.mark.parametrize("problem", problems.PROBLEMS, ids=str)
def test_length_squared_is_at_most_twice_the_energy(problem, generator):
    """`eq-curve-energy`: Cauchy and Schwarz."""
    curve = problem.sample(24, generator).reshape(4, 6, problem.d)
    L, E = curve_length(problem.metric, curve), curve_energy(problem.metric, curve)
    assert (L**2 <= 2 * E * (1 + 1e-12)).all()
    assert (L**2 < 1.9 * E).any()


@pytest.mark.parametrize("metric", [problems.PLANE.metric, FLAT], ids=["features", "matrix"])
def test_length_squared_is_twice_the_energy_at_constant_speed(metric):
    line = linear_interpolation(torch.zeros(2).double(), torch.ones(2).double(), 7)
    assert torch.isclose(curve_length(metric, line) ** 2, 2 * curve_energy(metric, line), rtol=1e-13)


def test_energy_of_a_small_curve_is_the_sum_worked_out_by_hand():
    """`eq-discrete-energy`: squared chords 1, 4 and 9 over three segments give 3 / 2 * 14."""
    curve = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0], [4.0, 2.0]], dtype=torch.float64)
    for metric in (problems.CYLINDER.metric, FLAT):
        if metric is FLAT:
            assert curve_energy(metric, curve).item() == pytest.approx(21)
            assert curve_length(metric, curve).item() == pytest.approx(6)
        else:
            chords = [2 * math.sin(0.5), 2, 2 * math.sin(1.5)]
            assert curve_energy(metric, curve).item() == pytest.approx(1.5 * sum(c**2 for c in chords))
            assert curve_length(metric, curve).item() == pytest.approx(sum(chords))


@pytest.mark.convergence
def test_chord_length_converges_with_second_order():
    """`eq-curve-length`"""
    errors = []
    for n in (16, 32, 64, 128):
        t = torch.linspace(0, 1, n + 1, dtype=torch.float64)
        curve = torch.stack([0.5 + t, t**2], dim=-1)
        errors.append(curve_length(problems.CATENOID.metric, curve).item())
    fine = torch.linspace(0, 1, 4097, dtype=torch.float64)
    exact = curve_length(problems.CATENOID.metric, torch.stack([0.5 + fine, fine**2], dim=-1)).item()
    assert order([e - exact for e in errors]) == pytest.approx(2, abs=0.05)


def test_two_gauss_nodes_see_a_ridge_that_the_ends_and_the_middle_of_a_segment_miss():
    ridged = MetricField(
        lambda z: (1 + 100 * (2 * math.pi * z[..., :1, None]).sin() ** 2) * torch.eye(2, dtype=z.dtype)
    )
    one_step = linear_interpolation(torch.zeros(2).double(), torch.tensor([1.0, 0.0]).double(), 1)
    assert curve_length(ridged, one_step) > 4


def test_lengths_with_and_without_features_agree():
    field = MetricField(problems.SPHERE.matrix)
    curve = torch.tensor([[0.8, 0.0], [1.4, 0.7]], dtype=torch.float64)
    curve = linear_interpolation(curve[0], curve[1], 400)
    lengths = [curve_length(metric, curve) for metric in (problems.SPHERE.metric, field)]
    assert torch.isclose(*lengths, rtol=1e-5)


def test_straight_lines_have_exact_ends_and_broadcast(generator):
    z0 = torch.randn(5, 1, 3, dtype=torch.float32, generator=generator)
    z1 = torch.randn(4, 3, dtype=torch.float32, generator=generator)
    line = linear_interpolation(z0, z1, 6)
    assert line.shape == (5, 4, 7, 3)
    assert line.dtype == torch.float32
    assert torch.equal(line[..., 0, :], z0.expand(5, 4, 3))
    assert torch.equal(line[..., -1, :], z1.expand(5, 4, 3))


@pytest.mark.convergence
def test_a_resampled_curve_is_fourth_order_accurate():
    errors = [(resample(circle(n), 600) - circle(600)).abs().max().item() for n in (8, 16, 32, 64)]
    assert order(errors) == pytest.approx(4, abs=0.3)


def test_resampling_reproduces_cubics_and_keeps_nodes_and_ends():
    t = torch.linspace(0, 1, 7, dtype=torch.float64)[:, None]
    fine = torch.linspace(0, 1, 61, dtype=torch.float64)[:, None]
    cubic = resample(torch.cat([t**3, t**2 - t], dim=-1), 60)
    assert torch.allclose(cubic, torch.cat([fine**3, fine**2 - fine], dim=-1), atol=1e-13)
    wiggle = torch.randn(2, 7, 3, dtype=torch.float64)
    assert torch.allclose(resample(wiggle, 12)[:, ::2], wiggle, atol=1e-13)
    assert torch.equal(resample(wiggle, 12)[:, [0, -1]], wiggle[:, [0, -1]])
    assert torch.allclose(resample(wiggle[:, :2], 2)[:, 1], wiggle[:, :2].mean(1))


def test_bad_curves_are_refused_by_name():
    point = torch.zeros(2)
    with pytest.raises(ValueError, match="n_segments: got 0"):
        linear_interpolation(point, point, 0)
    with pytest.raises(ValueError, match=r"n_segments: got 2\.5"):
        linear_interpolation(point, point, 2.5)
    with pytest.raises(ValueError, match="z1: got shape"):
        linear_interpolation(point, torch.zeros(3), 4)
    with pytest.raises(ValueError, match="curve: got shape"):
        curve_length(FLAT, torch.zeros(1, 2))
    with pytest.raises(ValueError, match="n_segments: got -1"):
        resample(torch.zeros(3, 2), -1)


def test_starts_are_spaced_evenly_in_the_metric():
    z0, z1 = problems.SWISS_ROLL.sample_pairs(6, problems.generator(9))
    metric = problems.SWISS_ROLL.metric
    t = torch.linspace(0, 1, 201, dtype=torch.float64)[:, None] ** 2
    uneven = z0[:, None] + t * (z1 - z0)[:, None]
    chords = metric.features(even_spacing(metric, uneven)).diff(dim=1).norm(dim=-1)
    assert (chords.amax(1) / chords.amin(1)).max() < 1.05
