"""The discrete energy of curves: its gradient and its second derivatives."""

import problems
import pytest
import torch
from convolutional_networks import Opaque
from curve_problems import BUMPY, SPHERE, decoder, pairs
from pullback import PullbackMetric, curve_energy, geodesic
from pullback.solvers.energies import energy_model


def loop_energy(metric, curve):
    """The discrete energy, one term after the other."""
    n, total = len(curve) - 1, 0.0
    for i in range(n):
        total = total + (metric.features(curve[i + 1]) - metric.features(curve[i])).square().sum()
    return n * total / 2


def test_the_energy_of_a_convolutional_decoder_has_the_blocks_of_the_opaque_one(convolutional, generator):
    curves = torch.randn(2, 6, 3, dtype=torch.float64, generator=generator)
    mine, theirs = (
        energy_model(PullbackMetric(f), curves, exact=True) for f in (convolutional, Opaque(convolutional))
    )
    for name in ("energy", "gradient", "diagonal", "upper", "correction"):
        torch.testing.assert_close(getattr(mine, name), getattr(theirs, name), rtol=1e-8, atol=1e-9)


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
