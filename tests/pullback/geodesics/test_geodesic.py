"""What `geodesic` promises of shapes, dtypes, status and bad input."""

import problems
import pytest
import torch
from pullback import ConformalMetric, EuclideanMetric, PullbackMetric, curve_energy, curve_length, geodesic
from pullback.geodesics.geodesic import SOLVERS
from pullback.solvers.energies import energy_model
from pullback.solvers.starts import starting_curves
from torch import nn

SPHERE = problems.SPHERE.metric
BUMPY = ConformalMetric(lambda z: 1 + (3 * z[..., 0]).sin() ** 2 * z[..., 1] ** 2)


def decoder(dtype=torch.float64, d=2, width=32):
    weights = torch.Generator().manual_seed(0)
    network = nn.Sequential(
        nn.Linear(d, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 50)
    )
    with torch.no_grad():
        for p in network.parameters():
            p.copy_(torch.randn(p.shape, generator=weights) * 1.5 / p.shape[-1] ** 0.5)
    return network.to(dtype).requires_grad_(False)


def pairs(n=6, seed=0):
    return problems.SPHERE.sample_pairs(n, problems.generator(seed))


def loop_energy(metric, curve):
    """The discrete energy, one term after the other."""
    n, total = len(curve) - 1, 0.0
    for i in range(n):
        total = total + (metric.features(curve[i + 1]) - metric.features(curve[i])).square().sum()
    return n * total / 2


def test_the_gradient_is_that_of_the_energy_written_out():
    """`eq-discrete-energy`"""
    z0, z1 = pairs(3)
    curves = geodesic(SPHERE, z0, z1, n_segments=7, max_steps=1, starts="line").curve
    model = energy_model(SPHERE, curves)
    for curve, gradient, energy in zip(curves, model.gradient, model.energy):
        slow = torch.autograd.functional.jacobian(lambda c: loop_energy(SPHERE, c), curve)
        assert torch.allclose(gradient, slow[1:-1], atol=1e-10)
        assert torch.isclose(energy, loop_energy(SPHERE, curve))


@pytest.mark.parametrize(
    ("metric", "d"),
    [(SPHERE, 2), (BUMPY, 2), (PullbackMetric(decoder(d=6)), 6), (problems.POINCARE_BALL.metric, 3)],
    ids=["features", "matrix", "features, many coordinates", "matrix, three coordinates"],
)
def test_the_exact_hessian_is_that_of_the_energy(metric, d, generator):
    curves = 0.3 + 0.3 * torch.rand(2, 5, d, dtype=torch.float64, generator=generator)
    model = energy_model(metric, curves, exact=True)
    diagonal = model.diagonal + model.correction
    upper = model.upper if model.upper_correction is None else model.upper + model.upper_correction
    for p, curve in enumerate(curves):
        hessian = torch.autograd.functional.hessian(lambda c: curve_energy(metric, c), curve)
        for i in range(3):
            assert torch.allclose(diagonal[p, i], hessian[i + 1, :, i + 1], atol=1e-8)
        for i in range(2):
            assert torch.allclose(upper[p, i], hessian[i + 1, :, i + 2], atol=1e-8)


@pytest.mark.parametrize("metric", [SPHERE, BUMPY], ids=["features", "matrix"])
def test_a_batch_is_a_loop(metric):
    z0, z1 = pairs()
    together = geodesic(metric, z0, z1, tol=1e-9)
    for i in range(len(z0)):
        alone = geodesic(metric, z0[i], z1[i], tol=1e-9)
        assert alone.curve.shape == (49, 2)
        assert alone.converged.shape == ()
        assert torch.allclose(alone.curve, together.curve[i], atol=1e-6)
        assert torch.allclose(alone.length, together.length[i], atol=1e-12)
        assert alone.n_steps == together.n_steps[i]


def test_batches_broadcast_and_a_batch_of_one_keeps_its_axis():
    z0, z1 = pairs(4)
    found = geodesic(SPHERE, z0[:, None], z1[:3], n_segments=8, trace=True)
    assert found.curve.shape == (4, 3, 9, 2)
    for field in (found.energy, found.length, found.converged, found.n_steps, found.residual):
        assert field.shape == (4, 3)
    assert found.trace.shape[:2] == (4, 3)
    assert torch.allclose(found.length[2, 1], geodesic(SPHERE, z0[2], z1[1], n_segments=8).length)
    assert geodesic(SPHERE, z0[:1], z1[:1]).length.shape == (1,)
    assert found.sample(20).shape == (4, 3, 21, 2)


@pytest.mark.parametrize("metric", [SPHERE, BUMPY], ids=["features", "matrix"])
def test_an_empty_batch_gives_empty_results(metric):
    empty = torch.zeros(0, 2, dtype=torch.float64)
    found = geodesic(metric, empty, empty, trace=True)
    assert found.curve.shape == (0, 49, 2)
    assert found.length.shape == found.converged.shape == (0,)
    assert found.message == "gauss-newton: all 0 curves converged"


@pytest.mark.parametrize("metric", [SPHERE, BUMPY], ids=["features", "matrix"])
def test_equal_ends_have_zero_length_and_are_converged(metric):
    z0, z1 = pairs(3)
    z1[1] = z0[1]
    found = geodesic(metric, z0, z1, trace=True)
    assert found.converged.all()
    assert found.length[1] == found.energy[1] == found.residual[1] == 0
    assert torch.allclose(found.curve[1], z0[1].expand(49, 2))
    assert (found.length[[0, 2]] > 0).all()


def test_ends_are_exact_and_arguments_unchanged():
    z0, z1 = pairs()
    before = z0.clone(), z1.clone()
    found = geodesic(SPHERE, z0, z1)
    assert torch.equal(found.curve[:, 0], z0)
    assert torch.equal(found.curve[:, -1], z1)
    assert torch.equal(before[0], z0)
    assert torch.equal(before[1], z1)


def test_energy_and_length_are_those_of_the_curve():
    found = geodesic(SPHERE, *pairs())
    assert torch.equal(found.energy, curve_energy(SPHERE, found.curve))
    assert torch.equal(found.length, curve_length(SPHERE, found.curve))


def test_float32_converges_to_its_rounding_level_and_stays_float32():
    z0, z1 = (z.float() for z in pairs(20))
    found = geodesic(PullbackMetric(decoder(torch.float32)), z0, z1)
    exact = geodesic(PullbackMetric(decoder()), z0.double(), z1.double())
    assert found.curve.dtype == found.length.dtype == torch.float32
    assert found.converged.all()
    assert found.residual.max() < 1e-4
    assert torch.allclose(found.length.double(), exact.length, rtol=1e-5)


def test_steps_that_run_out_are_reported():
    z0, z1 = pairs()
    found = geodesic(SPHERE, z0, z1, max_steps=1, starts="line")
    assert not found.converged.any()
    assert (found.n_steps == 1).all()
    assert (found.residual > 1e-6).all()
    assert "6 of 6 curves did not converge" in found.message
    assert "max_steps" in found.message


def test_the_trace_falls_to_the_energy_and_stays():
    found = geodesic(SPHERE, *pairs(), trace=True, starts="line")
    assert (found.trace.diff(dim=-1) <= 1e-12).all()
    assert torch.allclose(found.trace[:, -1], found.energy)
    assert found.trace.shape[1] == found.n_steps.max() + 1
    assert (found.trace[:, 0] > found.energy).all()


def test_the_square_of_the_residual_is_the_relative_excess_of_the_energy():
    z0, z1 = pairs()
    best = geodesic(SPHERE, z0, z1, tol=1e-9).energy
    early = geodesic(SPHERE, z0, z1, max_steps=1, newton_after=0, starts="line")
    excess = early.energy / best - 1
    assert (excess > 1e-8).any()
    assert torch.allclose(early.residual**2, excess, rtol=0.1, atol=1e-10)


def test_the_energy_never_rises_on_a_surface_where_full_steps_overshoot():
    wild = PullbackMetric(lambda z: torch.cat([z, (6 * z).sin(), (5 * z.flip(-1)).cos()], dim=-1))
    z0, z1 = pairs(20)
    found = geodesic(wild, z0, z1, trace=True, starts="line")
    falls = found.trace.diff(dim=-1)
    assert (falls <= 1e-9).all()
    rejected = (falls == 0).sum(-1) > found.trace.shape[1] - 1 - found.n_steps
    assert rejected.any()


def test_steps_of_the_race_count_and_have_no_part_in_the_trace():
    found = geodesic(SPHERE, *pairs(), max_steps=2, race_steps=2, tol=1e-12, trace=True)
    assert found.trace.shape == (6, 1)
    assert ((found.n_steps == 1) | (found.n_steps == 2)).all()
    finished = geodesic(SPHERE, *pairs(), max_steps=5, race_steps=2, tol=1e-12, trace=True)
    assert (finished.n_steps <= found.n_steps + 3).all()
    assert (finished.n_steps > found.n_steps).all()


def test_the_race_is_decided_between_the_nodes_too():
    """Sixteen chords step over a thin wall and think the way through it short; the spline sees the wall."""

    def immersion(z):
        wall = 4 * torch.exp(-((z[..., 0] - 0.53) ** 2) / 0.0002 - z[..., 1] ** 4 / 0.0005)
        return torch.stack([z[..., 0], z[..., 1], wall], dim=-1)

    z0, z1 = torch.tensor([0.0, 0.0]).double(), torch.tensor([1.0, 0.0]).double()
    found = geodesic(PullbackMetric(immersion), z0, z1, race_steps=0, max_steps=0, starts=["line", "arcs"])
    straight = geodesic(PullbackMetric(immersion), z0, z1, max_steps=0, starts="line")
    assert found.curve[:, 1].abs().max() > 0.2
    assert straight.length > found.length


def test_the_arcs_leave_the_straight_line_at_right_angles_to_either_side():
    z0, z1 = torch.tensor([[0.0, 1.0]]).double(), torch.tensor([[2.0, 5.0]]).double()
    left, right = starting_curves(EuclideanMetric(), z0, z1, 16, "arcs")
    middle, along = (z0 + z1) / 2, (z1 - z0)[0]
    for curve in (left, right):
        assert ((curve[0, 8] - middle[0]) @ along).abs() < 1e-9
    torch.testing.assert_close((left[0, 8] + right[0, 8]) / 2, middle[0])
    assert (left[0, 8] - right[0, 8]).norm() > 0.1 * along.norm()


def test_one_segment_is_the_straight_line():
    z0, z1 = pairs()
    found = geodesic(SPHERE, z0, z1, n_segments=1)
    assert found.converged.all()
    assert torch.allclose(found.length, (SPHERE.features(z1) - SPHERE.features(z0)).norm(dim=-1))


def test_dead_coordinates_do_not_stop_the_solver():
    """A latent that nothing depends on makes the metric singular, as posterior collapse does."""
    metric = PullbackMetric(lambda z: problems.SPHERE.immersion(z[..., :2]))
    z0, z1 = pairs(4)
    dead = torch.zeros(4, 1, dtype=torch.float64)
    found = geodesic(metric, torch.cat([z0, dead], 1), torch.cat([z1, dead + 1], 1))
    assert found.converged.all()
    assert torch.allclose(found.length, geodesic(SPHERE, z0, z1).length, rtol=1e-6)


def test_a_curve_that_meets_nan_is_reported_and_does_not_stop_the_others():
    def immersion(z):
        return problems.SPHERE.immersion(z) + torch.where(z[..., :1] > 2.5, torch.nan, 0.0)

    z0, z1 = pairs(3)
    z1[1, 0] = 2.6
    found = geodesic(PullbackMetric(immersion), z0, z1)
    assert found.converged.tolist() == [True, False, True]
    assert "1 of 3 curves did not converge" in found.message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"solver": "magic"},
            "solver: got 'magic', expected 'auto' or one of 'gauss-newton', 'shao-decoder'",
        ),
        ({"n_segments": 0}, "n_segments: got 0"),
        ({"tol": 0.0}, "tol: got 0.0"),
        ({"max_steps": -1}, "max_steps: got -1"),
        ({"z0": torch.full((6, 2), torch.nan, dtype=torch.float64)}, "z0: got 12 NaN"),
        ({"z1": torch.zeros(6, 3, dtype=torch.float64)}, "z1: got shape"),
        ({"z1": torch.zeros(5, 2, dtype=torch.float64)}, "z1: got shape"),
        ({"z1": torch.zeros(6, 2)}, "z1: got torch.float32"),
        ({"z0": torch.zeros(6, 2, dtype=torch.int64)}, "z0: got dtype int64"),
        ({"z0": torch.zeros(6, 2, dtype=torch.float16)}, "z0: got dtype float16"),
        ({"z0": [[0.0, 1.0]]}, "z0: got list"),
        ({"starts": "everywhere"}, "starts: got 'everywhere'"),
        ({"starts": ()}, "starts: got none"),
        ({"starts": torch.zeros(1, 6, 5, 2, dtype=torch.float64)}, "starts: got shape"),
        ({"starts": torch.zeros(1, 6, 49, 2, dtype=torch.float64)}, "starts: got curves with other ends"),
    ],
)
def test_bad_input_is_refused_by_name(change, message):
    z0, z1 = pairs()
    arguments = {"z0": z0, "z1": z1, **change}
    with pytest.raises(ValueError) as refusal:
        geodesic(SPHERE, **arguments)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_arcs_need_two_coordinates():
    z0, z1 = problems.THREE_SPHERE.sample_pairs(2, problems.generator())
    with pytest.raises(ValueError, match="'arcs' for d = 3"):
        geodesic(problems.THREE_SPHERE.metric, z0, z1, starts="arcs")


def test_the_names_of_the_solvers_are_the_documented_ones():
    names = {"gauss-newton", "shao-decoder", "shao-encoder", "spline", "ode", "fixed-point", "graph"}
    assert set(SOLVERS) == names | {"quasi-newton"}
