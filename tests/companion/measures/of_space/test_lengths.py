"""Measures of lengths, on flat decoders, a cylinder, a sphere and clusters with a known gap."""

import pytest
import torch
from companion.measures.of_space.lengths import (
    arc_chord_excess,
    c_hat,
    c_hat_of_few,
    c_hat_of_gap,
    class_gap,
    length_excess,
    mds_negative,
    mean_distances,
    misfit,
)
from companion.measures.of_space.survey import SurveySizes, survey
from companion.measures.space import Space
from pullback import surfaces
from torch import nn

ROWS = torch.arange(24)
FINE = SurveySizes(n_segments=32, tol=1e-6)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def flat_space(scales, *, gap=0.0):
    """Codes of three classes under a linear decoder that stretches the coordinates by `scales`."""
    d = len(scales)
    layer = nn.Linear(d, 9, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.linalg.qr(normal(9, d)).Q * torch.tensor(scales, dtype=torch.float64))
    labels = torch.arange(60) % 3
    codes = normal(60, d, seed=1) + gap * torch.nn.functional.one_hot(labels, d)
    return Space(nn.Sequential(layer, nn.Identity()), codes, labels)


@pytest.fixture(scope="module")
def stretched():
    return survey(flat_space([1.0, 3.0, 9.0]), ROWS)


def test_a_rigid_linear_decoder_is_flat_by_every_measure():
    s = survey(flat_space([2.0, 2.0, 2.0]), ROWS)
    for pairs in ("all", "within", "between"):
        assert abs(c_hat(s, pairs)) < 1e-9
        assert misfit(s, pairs) < 1e-5
    assert max(abs(measure(s)) for measure in (length_excess, mds_negative, arc_chord_excess)) < 1e-9
    euclidean, riemannian = mean_distances(s, 50, seed=0)
    assert riemannian / euclidean == pytest.approx(2)


def test_a_stretched_linear_decoder_is_as_flat_but_scores_until_its_coordinates_are_fitted(stretched):
    """`eq-residual-correlation`"""
    assert c_hat(stretched) > 0.1
    assert c_hat(stretched, distance="flat").item() == pytest.approx(c_hat(stretched).item(), abs=1e-9)
    assert c_hat(stretched, against="flat") < 1e-9


def test_on_a_cylinder_geodesics_are_longer_than_chords_and_the_points_lie_in_a_flat_space():
    """`eq-length-ratio`, `eq-classical-scaling`: unrolled, it is a sheet."""
    problem = surfaces.CYLINDER
    s = survey(Space(problem.immersion, problem.sample(12, torch.Generator().manual_seed(0))), sizes=FINE)
    expected = (s.riemannian / s.chord)[*torch.triu_indices(12, 12, offset=1)].median() - 1
    assert arc_chord_excess(s).item() == pytest.approx(expected.item(), rel=1e-12)
    assert arc_chord_excess(s) > 0.005
    assert mds_negative(s) < 1e-4


def test_on_a_sphere_straight_lines_of_the_chart_are_longer_and_the_points_fit_no_flat_space():
    codes = torch.pi / 2 + normal(24, 2).tanh()
    s = survey(Space(surfaces.SPHERE.immersion, codes), sizes=FINE)
    assert length_excess(s) > 0.001
    assert mds_negative(s) > 0.001


def test_a_gap_alone_explains_the_score_of_well_separated_classes_and_none_of_a_single_cloud(stretched):
    apart = survey(flat_space([1.0, 3.0, 9.0], gap=60.0), ROWS)
    assert class_gap(apart) > 10
    assert c_hat_of_gap(apart, seed=0) < 0.2
    assert class_gap(stretched).item() == pytest.approx(1, abs=0.15)
    assert c_hat_of_gap(stretched, seed=0) > 0.8


def test_misfit_is_the_residual_of_a_straight_line_in_units_of_the_mean(stretched):
    i, j = torch.triu_indices(24, 24, offset=1)
    x, y = stretched.euclidean[i, j], stretched.riemannian[i, j]
    design = torch.stack([x, torch.ones_like(x)], dim=-1)
    residual = y - design @ torch.linalg.lstsq(design, y[:, None]).solution[:, 0]
    expected = residual.square().mean().sqrt() / y.mean()
    assert misfit(stretched).item() == pytest.approx(expected.item())


def test_a_few_codes_drawn_at_random_score_about_as_many_do(stretched):
    whole = c_hat(stretched).item()
    assert c_hat_of_few(stretched, 24, seed=0).item() == pytest.approx(whole)
    assert c_hat_of_few(stretched, 12, seed=0).item() == pytest.approx(whole, rel=0.3)


def test_pairs_of_an_unknown_kind_are_refused(stretched):
    with pytest.raises(ValueError, match="pairs: got 'inside', expected one of all, within, between"):
        c_hat(stretched, "inside")
