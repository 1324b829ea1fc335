"""Conditioning, roughness, whitening and distance to the codes, where their answers are known."""

import math

import pytest
import torch
from companion.chapters.jacobian_conditioning.far_field import far_field
from companion.chapters.jacobian_conditioning.jacobian_survey import jacobian_survey
from companion.chapters.jacobian_conditioning.whitening import Whitening
from problems import (
    COMPLEX_PARABOLA,
    FISHER_RAO,
    HALF_PLANE,
    HYPERBOLIC_PARABOLOID,
    SPHERE,
    SURFACES,
    SWISS_ROLL,
    generator,
)
from pullback import MetricField, PullbackMetric
from pullback.measures.jacobian.conditioning import jacobian_conditioning, percentiles
from pullback.measures.jacobian.jacobian_map import (
    central_box,
    jacobian_map,
    metric_lipschitz,
    roughness,
)
from pullback.measures.support import (
    distance_to_nearest_code,
    medians_by_distance,
)
from pullback.spsd import affine_invariant_distance
from torch import nn

COVARIANCE = torch.tensor([[4.0, 1.2], [1.2, 0.5]], dtype=torch.float64)


def grid(low, high, n, m):
    y = torch.linspace(low[1], high[1], n, dtype=torch.float64)
    x = torch.linspace(low[0], high[0], m, dtype=torch.float64)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1), x, y


def network(seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 40), nn.Sigmoid()).double()


def test_the_swiss_roll_stretches_along_one_axis_only():
    """`eq-condition-number`: its metric is diag(1 + t^2, 1)."""
    z = SWISS_ROLL.sample(50, generator())
    measured = jacobian_conditioning(SWISS_ROLL.metric, z)
    expected = (1 + z[:, 0] ** 2).log()
    torch.testing.assert_close(measured.log_det, expected)
    torch.testing.assert_close(measured.log_kappa, expected / 2)
    assert measured.kappa_max == pytest.approx(math.exp(expected.max() / 2))


def test_a_conformal_chart_is_perfectly_conditioned_however_much_it_stretches():
    z = COMPLEX_PARABOLA.sample(50, generator())
    measured = jacobian_conditioning(COMPLEX_PARABOLA.metric, z)
    torch.testing.assert_close(measured.log_kappa, torch.zeros(50, dtype=torch.float64), atol=1e-12, rtol=0)
    torch.testing.assert_close(measured.log_det, 2 * (1 + 4 * z.square().sum(-1)).log())
    assert measured.log_det.min() < 1 < measured.log_det.max()


@pytest.mark.parametrize("surface", SURFACES, ids=str)
def test_magnitude_and_conditioning_are_those_of_the_metric_known_in_closed_form(surface):
    z = surface.sample(12, generator()).reshape(3, 4, surface.d)
    measured = jacobian_conditioning(surface.metric, z)
    eigenvalues = torch.linalg.eigvalsh(surface.matrix(z))
    assert measured.log_det.shape == (3, 4)
    torch.testing.assert_close(measured.log_det, surface.matrix(z).logdet(), rtol=1e-9, atol=1e-9)
    kappa = (eigenvalues[..., -1] / eigenvalues[..., 0]).sqrt()
    torch.testing.assert_close(measured.log_kappa.exp(), kappa, rtol=1e-9, atol=1e-9)


def test_a_metric_without_immersion_is_measured_by_its_eigenvalues():
    z = FISHER_RAO.sample(20, generator())
    measured = jacobian_conditioning(FISHER_RAO.metric, z)
    torch.testing.assert_close(measured.log_kappa, torch.full((20,), math.log(2) / 2, dtype=torch.float64))
    torch.testing.assert_close(measured.log_det, math.log(2) - 4 * z[:, 1].log())


def test_conditioning_is_told_beyond_the_square_root_of_rounding():
    """The metric would lose these: its condition number is the square, 1e22."""
    stretch = torch.tensor([[1.0, 0.0], [0.0, 1e-11], [0.0, 0.0]], dtype=torch.float64)
    measured = jacobian_conditioning(
        PullbackMetric(lambda z: z @ stretch.mT), torch.zeros(1, 2, dtype=torch.float64)
    )
    assert measured.log_kappa.item() == pytest.approx(11 * math.log(10), rel=1e-6)


def test_a_map_that_loses_rank_has_no_finite_condition_number():
    measured = jacobian_conditioning(
        PullbackMetric(lambda z: z[..., :1].expand(*z.shape[:-1], 3)), torch.zeros(1, 2, dtype=torch.float64)
    )
    assert measured.log_kappa.item() > 30
    assert measured.log_det.item() < -60


def test_a_unit_of_the_latent_space_shifts_the_magnitude_and_leaves_the_conditioning():
    f, z = network(), torch.randn(30, 2, generator=generator(), dtype=torch.float64)
    one = jacobian_conditioning(PullbackMetric(f), z)
    other = jacobian_conditioning(PullbackMetric(lambda w: f(3 * w)), z / 3)
    torch.testing.assert_close(other.log_det, one.log_det + 4 * math.log(3))
    torch.testing.assert_close(other.log_kappa, one.log_kappa, rtol=1e-9, atol=1e-9)


def test_percentiles_of_a_ramp_are_its_places():
    ramp = torch.linspace(0, 10, 101, dtype=torch.float64).reshape(1, 101)
    assert percentiles(ramp) == pytest.approx([0, 0.5, 5, 9.5, 10])
    assert jacobian_conditioning(SPHERE.metric, SPHERE.sample(40, generator())).kappa_p95 > 0


def test_the_roughness_of_a_plane_is_the_mean_of_its_two_steps():
    """`eq-roughness`."""
    z, _, _ = grid((0, 0), (1, 2), 5, 5)
    assert roughness(3 * z[..., 0]) == pytest.approx(3 * 0.25 / 2)
    assert roughness(3 * z[..., 0] - z[..., 1]) == pytest.approx((0.75 + 0.5) / 2)
    assert roughness(torch.zeros(3, 4)) == 0


def test_a_smooth_field_is_half_as_rough_on_twice_as_fine_a_grid_and_a_noisy_one_is_not():
    def smooth(n):
        z, _, _ = grid((-1, -1), (1, 1), n, n)
        return roughness((2 * z[..., 0]).sin() + z[..., 1] ** 2)

    assert smooth(81) == pytest.approx(smooth(41) / 2, rel=0.02)
    noise = torch.randn(81, 81, generator=generator())
    assert roughness(noise[::2, ::2]) == pytest.approx(roughness(noise), rel=0.1)


def test_the_half_plane_has_the_lipschitz_constant_of_its_lowest_point():
    """`eq-metric-lipschitz`: log G = -2 log y I, so the constant is 2 sqrt(2) / min y."""
    z, x, y = grid((-1, 0.5), (1, 2), 400, 5)
    measured = metric_lipschitz(HALF_PLANE.matrix(z), x, y)
    assert measured == pytest.approx(2 * math.sqrt(2) / 0.5, rel=0.005)
    assert measured < 2 * math.sqrt(2) / 0.5


def test_the_lipschitz_bound_ignores_a_scale_of_the_metric_and_halves_with_the_unit():
    z, x, y = grid((-1, -1), (1, 1), 20, 30)
    G = HYPERBOLIC_PARABOLOID.matrix(z)
    measured = metric_lipschitz(G, x, y)
    assert metric_lipschitz(7 * G, x, y) == pytest.approx(measured)
    assert metric_lipschitz(G, 2 * x, 2 * y) == pytest.approx(measured / 2)
    assert metric_lipschitz(torch.eye(2).expand(4, 5, 2, 2), torch.arange(5.0), torch.arange(4.0)) == 0


def test_the_distance_of_two_metrics_is_that_of_their_eigenvalues_in_any_basis():
    A, B = torch.diag(torch.tensor([1.0, 2.0])).double(), torch.diag(torch.tensor([math.e, 2.0])).double()
    basis = torch.randn(6, 2, 2, generator=generator(), dtype=torch.float64)
    moved = affine_invariant_distance(basis @ A @ basis.mT, basis @ B @ basis.mT)
    torch.testing.assert_close(moved, torch.ones(6, dtype=torch.float64))


@pytest.mark.parametrize("values", [torch.zeros(5), torch.zeros(1, 5), torch.zeros(2, 2, 2)], ids=str)
def test_roughness_needs_a_grid(values):
    with pytest.raises(ValueError, match="field: got shape"):
        roughness(values)


def test_the_lipschitz_bound_needs_axes_that_fit():
    G = torch.eye(2).expand(4, 5, 2, 2)
    with pytest.raises(ValueError, match="x: got 4 and 5 of y, expected 5 and 4"):
        metric_lipschitz(G, torch.arange(4.0), torch.arange(5.0))
    with pytest.raises(ValueError, match="G: got shape"):
        metric_lipschitz(G[0], torch.arange(4.0), torch.arange(5.0))


@pytest.fixture
def codes():
    w = torch.randn(3000, 2, generator=generator(), dtype=torch.float64)
    return w @ torch.linalg.cholesky(COVARIANCE).mT + torch.tensor([3.0, -1.0])


def test_whitened_codes_have_unit_covariance_and_come_back(codes):
    white = Whitening.of(codes)
    w = white.whiten(codes)
    torch.testing.assert_close(w.mean(dim=0), torch.zeros(2, dtype=torch.float64), atol=1e-12, rtol=0)
    torch.testing.assert_close(torch.cov(w.mT), torch.eye(2, dtype=torch.float64))
    torch.testing.assert_close(white.unwhiten(w), codes)


def test_whitening_shifts_the_magnitude_by_one_number_and_not_the_conditioning_so(codes):
    """`eq-whitening`."""
    f, white = network(), Whitening.of(codes)
    before = jacobian_conditioning(PullbackMetric(f), codes[:50])
    after = jacobian_conditioning(PullbackMetric(white.decoder(f)), white.whiten(codes[:50]))
    torch.testing.assert_close(after.log_det, before.log_det + torch.cov(codes.mT).logdet())
    assert white.log_det == pytest.approx(torch.cov(codes.mT).logdet().item())
    assert (after.log_kappa - before.log_kappa).abs().std() > 0.05


def test_a_round_cloud_leaves_the_conditioning_alone(codes):
    f = network()
    white = Whitening(mean=torch.ones(2).double(), factor=2.5 * torch.eye(2).double())
    before = jacobian_conditioning(PullbackMetric(f), codes[:50])
    after = jacobian_conditioning(PullbackMetric(white.decoder(f)), white.whiten(codes[:50]))
    torch.testing.assert_close(after.log_kappa, before.log_kappa, rtol=1e-8, atol=1e-10)


def test_models_that_differ_by_an_affine_change_of_codes_agree_once_whitened(codes):
    f, change = network(), torch.tensor([[0.3, 2.0], [-1.0, 0.4]], dtype=torch.float64)
    moved = codes @ change.mT + 7
    back = Whitening(mean=-torch.linalg.inv(change) @ torch.full((2,), 7.0).double(), factor=change.inverse())
    one, two = Whitening.of(codes), Whitening.of(moved)
    a = jacobian_conditioning(PullbackMetric(one.decoder(f)), one.whiten(codes[:40]))
    b = jacobian_conditioning(PullbackMetric(two.decoder(back.decoder(f))), two.whiten(moved[:40]))
    torch.testing.assert_close(a.log_det, b.log_det, rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(a.log_kappa, b.log_kappa, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("points", [torch.zeros(2, 2), torch.zeros(5)], ids=str)
def test_whitening_needs_more_codes_than_dimensions(points):
    with pytest.raises(ValueError, match="codes: got shape"):
        Whitening.of(points)


def test_codes_on_a_line_cannot_be_whitened():
    line = torch.linspace(0, 1, 20, dtype=torch.float64)
    with pytest.raises(ValueError, match="singular"):
        Whitening.of(torch.stack([line, line], dim=-1))


def test_the_nearest_of_a_lattice_of_codes_is_found_by_rounding():
    """`eq-nearest-code`."""
    lattice = torch.cartesian_prod(torch.arange(5.0), torch.arange(5.0)).double()
    z = 4 * torch.rand(6, 7, 2, generator=generator(), dtype=torch.float64)
    measured = distance_to_nearest_code(z, lattice)
    assert measured.shape == (6, 7)
    torch.testing.assert_close(measured, (z - z.round()).norm(dim=-1))
    assert distance_to_nearest_code(lattice, lattice).max() == 0


def test_medians_are_taken_within_each_ring_and_are_missing_where_no_point_lies():
    distance = torch.tensor([[0.1, 0.2, 0.3], [1.5, 1.6, 3.0]])
    values = torch.tensor([[1.0, 2.0, 9.0], [4.0, 6.0, 8.0]])
    medians = medians_by_distance(values, distance, torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0]))
    assert medians[:2].tolist() == [2, 5]
    assert medians[2].isnan()
    assert medians[3] == 8


@pytest.mark.parametrize("codes", [torch.zeros(0, 2), torch.zeros(4, 3), torch.zeros(2)], ids=str)
def test_codes_of_another_space_are_refused(codes):
    with pytest.raises(ValueError, match="codes: got shape"):
        distance_to_nearest_code(torch.zeros(5, 2), codes)


def test_medians_need_a_distance_for_every_value():
    with pytest.raises(ValueError, match="values: got shape"):
        medians_by_distance(torch.zeros(3), torch.zeros(4), torch.arange(3.0))


def test_a_map_reads_the_swiss_roll_off_its_box():
    """Its log det is log(1 + t^2), t along the first axis, and its log kappa half of that."""
    measured = jacobian_map(SWISS_ROLL.metric, (1.0, 3.0, 0.0, 5.0), n=41)
    numbers = measured.quantities()
    assert measured.log_det.shape == measured.z.shape[:-1] == (41, 41)
    assert numbers["log_det_range"] == pytest.approx([math.log(2), math.log(10)])
    assert numbers["log_det_median"] == pytest.approx(math.log(5))
    assert numbers["log_kappa_median"] == pytest.approx(math.log(5) / 2)
    assert numbers["kappa_max"] == pytest.approx(math.sqrt(10))
    rise = math.log(5) / 40
    assert numbers["log_det_roughness"] == pytest.approx(rise / 2)
    assert numbers["log_det_central_90"][0] == pytest.approx(math.log(1 + 1.1**2), rel=1e-3)
    assert numbers["log_kappa_p95"] == pytest.approx(math.log(1 + 2.9**2) / 2, rel=1e-3)
    # d/dt log(1 + t^2) = 2 t / (1 + t^2) is largest, 1, at t = 1
    assert measured.lipschitz == pytest.approx(1, rel=0.03)


def test_a_singular_metric_has_no_lipschitz_constant():
    measured = jacobian_map(PullbackMetric(lambda z: z * torch.tensor([1.0, 1e-9])), (0, 1, 0, 1), n=3)
    assert measured.lipschitz == math.inf
    assert measured.quantities()["kappa_max"] == pytest.approx(1e9)


def test_the_central_box_leaves_out_the_tails_of_each_axis():
    ramp = torch.linspace(0, 100, 1001)
    codes = torch.stack([ramp, 2 * ramp.flip(0) - 50], dim=-1)
    assert central_box(codes) == pytest.approx((1, 99, -48, 148), abs=1e-3)


@pytest.mark.parametrize(("box", "n", "name"), [((0, 0, 0, 1), 5, "box"), ((0, 1, 0, 1), 1, "n")])
def test_a_map_needs_a_box_and_a_grid(box, n, name):
    with pytest.raises(ValueError, match=f"{name}: got"):
        jacobian_map(SPHERE.metric, box, n=n)


def test_far_from_the_codes_the_half_plane_shrinks_as_its_height_says():
    """log det = -4 log y, whatever the abscissa; the codes lie along y = 1."""
    shifted = MetricField(lambda z: torch.eye(2).double() / (z[..., 1, None, None] + 6) ** 2)
    line = torch.linspace(-5, 5, 400).double()
    field = far_field(shifted, torch.stack([line, torch.full_like(line, -5.0)], dim=-1), n=41)
    torch.testing.assert_close(field.distance, (field.map.z[..., 1] + 5), atol=0.02, rtol=0)
    assert field.off_minus_on("log_det", off=1.0) == pytest.approx(-4 * math.log(6.625 + 0.0), abs=0.15)
    assert field.off_minus_on("log_kappa") == pytest.approx(0, abs=1e-12)
    medians = field.medians("log_det", torch.tensor([-0.1, 0.1, 2.9, 3.1]).double())
    assert medians[[0, 2]].tolist() == pytest.approx([0, -4 * math.log(4)], abs=1e-6)


def test_a_field_without_far_points_has_nothing_to_compare():
    codes = far_field(SPHERE.metric, torch.zeros(1, 2).double(), n=21).map.z.reshape(-1, 2)
    with pytest.raises(ValueError, match="off: got 0 points beyond"):
        far_field(SPHERE.metric, codes, n=21).off_minus_on("log_det")


def test_a_survey_holds_the_maps_that_its_parts_would_give(codes):
    f = network()
    survey = jacobian_survey(f, codes, n=7, seed=3)
    assert survey.trained.box == central_box(codes)
    again = jacobian_conditioning(PullbackMetric(f), survey.trained.z)
    torch.testing.assert_close(survey.trained.log_det, again.log_det)
    back = jacobian_conditioning(PullbackMetric(f), survey.whitening.unwhiten(survey.whitened.z))
    torch.testing.assert_close(survey.whitened.log_det, back.log_det + survey.whitening.log_det)
    assert (survey.untrained.log_det - survey.trained.log_det).abs().max() > 0.1
    far, bare = survey.far(n=9), survey.far(untrained=True, n=9)
    assert far.map.box == (-5, 5, -5, 5)
    assert torch.equal(far.distance, bare.distance)
    assert not torch.allclose(far.map.log_det, bare.map.log_det)
