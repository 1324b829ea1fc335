"""What `geodesic` promises of shapes, dtypes, status and bad input."""

import pytest
import torch
from curve_problems import BUMPY, SPHERE, pairs
from pullback import curve_energy, curve_length, geodesic
from pullback.geodesics.geodesic import SOLVERS


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


def test_steps_that_run_out_are_reported():
    z0, z1 = pairs()
    found = geodesic(SPHERE, z0, z1, max_steps=1, starts="line")
    assert not found.converged.any()
    assert (found.n_steps == 1).all()
    assert (found.residual > 1e-6).all()
    assert "6 of 6 curves did not converge" in found.message
    assert "max_steps" in found.message


def test_one_segment_is_the_straight_line():
    z0, z1 = pairs()
    found = geodesic(SPHERE, z0, z1, n_segments=1)
    assert found.converged.all()
    assert torch.allclose(found.length, (SPHERE.features(z1) - SPHERE.features(z0)).norm(dim=-1))


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
    ],
)
def test_bad_input_is_refused_by_name(change, message):
    z0, z1 = pairs()
    arguments = {"z0": z0, "z1": z1, **change}
    with pytest.raises(ValueError) as refusal:
        geodesic(SPHERE, **arguments)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_names_of_the_solvers_are_the_documented_ones():
    names = {"gauss-newton", "shao-decoder", "shao-encoder", "spline", "ode", "fixed-point", "graph"}
    assert set(SOLVERS) == names | {"quasi-newton"}
