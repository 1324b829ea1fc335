"""Maps of the Jacobian over a box: roughness and Lipschitz bounds that are known."""

import math

import pytest
import torch
from problems import HALF_PLANE, HYPERBOLIC_PARABOLOID, SPHERE, SWISS_ROLL, generator
from pullback import PullbackMetric
from pullback.measures.jacobian.jacobian_map import central_box, jacobian_map, metric_lipschitz, roughness


def grid(low, high, n, m):
    y = torch.linspace(low[1], high[1], n, dtype=torch.float64)
    x = torch.linspace(low[0], high[0], m, dtype=torch.float64)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1), x, y


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


def test_the_lipschitz_bound_is_none_of_the_logarithm_of_the_metric():
    """`eq-metric-lipschitz`: where two metrics do not commute, log G changes by less than the bound says."""
    turn = torch.tensor([[4.0, -1.0], [1.0, 4.0]], dtype=torch.float64) / 17**0.5
    far = torch.diag(torch.tensor([9.0, 1 / 9], dtype=torch.float64))
    pair = torch.stack([far, turn @ far @ turn.T])
    step = torch.tensor([0.0, 1.0], dtype=torch.float64)
    bound = metric_lipschitz(pair[None].expand(2, 2, 2, 2), step, step)
    L, Q = torch.linalg.eigh(pair)
    logs = Q @ L.log().diag_embed() @ Q.mT
    assert bound > 1.5 * (logs[1] - logs[0]).norm().item()


def test_the_lipschitz_bound_ignores_a_scale_of_the_metric_and_halves_with_the_unit():
    z, x, y = grid((-1, -1), (1, 1), 20, 30)
    G = HYPERBOLIC_PARABOLOID.matrix(z)
    measured = metric_lipschitz(G, x, y)
    assert metric_lipschitz(7 * G, x, y) == pytest.approx(measured)
    assert metric_lipschitz(G, 2 * x, 2 * y) == pytest.approx(measured / 2)
    assert metric_lipschitz(torch.eye(2).expand(4, 5, 2, 2), torch.arange(5.0), torch.arange(4.0)) == 0


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
