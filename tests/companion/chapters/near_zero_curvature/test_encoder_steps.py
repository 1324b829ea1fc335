"""Algorithm 1 with encoders that do, and that do not, share the decoder's kernel."""

import math

import pytest
import torch
from companion.chapters.near_zero_curvature.encoder_steps import encoder_steps
from problems import CYLINDER, HYPERBOLIC_PARABOLOID, SPHERE
from pullback import PullbackMetric
from torch import nn

METRIC = HYPERBOLIC_PARABOLOID.metric
FEW = {"n_segments": 6}


def ends():
    z0 = torch.tensor([[-1.0, -0.8], [0.3, 1.2], [-0.5, -1.0]], dtype=torch.float64)
    z1 = torch.tensor([[1.1, -0.5], [0.6, -1.0], [1.0, -1.3]], dtype=torch.float64)
    return z0, z1


def with_jacobian(decode_inverse, metric):
    """A left inverse of the decoder whose Jacobian is the pseudo-inverse of the decoder's."""

    class Projection(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return decode_inverse(x)

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_forward(output)

        @staticmethod
        def jvp(ctx, u):
            (z,) = ctx.saved_tensors
            J = metric.features_and_jacobian(z)[1]
            return torch.linalg.solve(J.mT @ J, J.mT @ u[..., None])[..., 0]

    return Projection.apply


def tilted(x, tilt=0.1):
    """A left inverse of the saddle that does not ignore the normal direction."""
    return x[..., :2] + tilt * (x[..., 2:] - (x[..., :1] ** 2 - x[..., 1:2] ** 2))


def test_on_an_affine_decoder_with_its_pseudo_inverse_nothing_moves(generator):
    """`eq-shao-encoder-step`"""
    decoder = nn.Linear(4, 12, dtype=torch.float64).requires_grad_(False)
    decoder.weight.copy_(torch.randn(12, 4, dtype=torch.float64, generator=generator))
    inverse = torch.linalg.pinv(decoder.weight)
    z0, z1 = torch.randn(2, 5, 4, dtype=torch.float64, generator=generator)
    steps = encoder_steps(
        PullbackMetric(decoder), lambda x: (x - decoder.bias) @ inverse.T, z0, z1, max_steps=5
    )
    for run in (steps.encoder, steps.decoder):
        torch.testing.assert_close(run.length, steps.straight_length)
        assert run.residual.max() < 1e-6
        assert run.stopped.all()
        assert not run.diverged.any()
        assert steps.share_found(run).isnan().all()
        assert math.isnan(steps.total_share_found(run))


def test_an_encoder_that_shares_the_kernel_finds_the_geodesic():
    """`eq-shao-encoder-step`"""
    encoder = with_jacobian(lambda x: x[..., :2].clone(), METRIC)
    steps = encoder_steps(METRIC, encoder, *ends(), max_steps=100, tol=1e-5, **FEW)
    assert steps.encoder.stopped.all()
    assert steps.encoder.residual.max() < 1e-3
    assert steps.energy_excess(steps.encoder).max() < 1e-5
    torch.testing.assert_close(steps.share_found(steps.encoder), torch.ones(3).double(), rtol=0, atol=1e-3)
    torch.testing.assert_close(steps.encoder.curve, steps.best.curve, rtol=0, atol=1e-2)


def test_the_true_gradient_finds_the_geodesic():
    """`eq-shao-gradient`"""
    steps = encoder_steps(METRIC, tilted, *ends(), max_steps=400, tol=1e-4, **FEW)
    assert steps.total_share_found(steps.decoder) == pytest.approx(1, abs=1e-3)
    assert (steps.decoder.step_size == 1).all()


def test_with_another_kernel_the_residual_stays_however_many_sweeps():
    """`eq-shao-encoder-step`"""
    some, more = (encoder_steps(METRIC, tilted, *ends(), max_steps=n, **FEW) for n in (60, 90))
    assert not more.encoder.stopped.any()
    assert (more.encoder.residual > 1e-2).all()
    torch.testing.assert_close(more.encoder.residual, some.encoder.residual, rtol=1e-3, atol=0)
    assert (more.energy_excess(more.encoder) > 1e-3).all()
    assert (more.share_found(more.encoder) < 0.99).all()
    assert more.total_share_found(more.encoder) < 0.99


def test_a_step_that_is_too_long_is_halved_until_it_is_not():
    """An encoder ten times too steep needs a tenth of the step."""
    steps = encoder_steps(METRIC, lambda x: 10 * tilted(x), *ends(), max_steps=30, **FEW)
    assert not steps.encoder.diverged.any()
    assert (steps.encoder.step_size < 0.2).all()


def test_an_encoder_that_points_the_wrong_way_is_reported_as_diverged():
    steps = encoder_steps(METRIC, lambda x: -tilted(x), *ends(), max_steps=40, halvings=2, **FEW)
    assert steps.encoder.diverged.all()
    assert (steps.encoder.step_size == 0.25).all()
    assert not steps.encoder.stopped.any()
    assert not (steps.encoder.energy <= steps.straight_energy).any()
    assert steps.total_share_found(steps.encoder) == 0
    assert steps.best.converged.all()


def test_the_best_curve_saves_most_and_both_start_from_the_line():
    steps = encoder_steps(METRIC, tilted, *ends(), max_steps=30, **FEW)
    for run in (steps.encoder, steps.decoder):
        assert (run.energy < steps.straight_energy).all()
        assert (run.energy >= steps.best.energy * (1 - 1e-9)).all()
        assert (steps.saved(run) < steps.best_saved + 1e-6).all()


def test_pairs_keep_their_shape_and_are_measured_each_for_itself():
    z0, z1 = ends()
    grid = encoder_steps(METRIC, tilted, z0[:, None], z1[:, None], max_steps=5)
    one = encoder_steps(METRIC, tilted, z0[1], z1[1], max_steps=5)
    assert grid.encoder.curve.shape == (3, 1, 11, 2)
    assert grid.straight_energy.shape == grid.encoder.diverged.shape == (3, 1)
    assert one.encoder.energy.shape == ()
    torch.testing.assert_close(grid.encoder.curve[1, 0], one.encoder.curve)


def test_on_a_rolled_up_sheet_there_is_no_saving_to_find():
    """Every straight line of the chart is a geodesic, which the encoder's kernel decides nothing about."""
    z0, z1 = CYLINDER.sample_pairs(4, torch.Generator().manual_seed(0))
    steps = encoder_steps(
        CYLINDER.metric,
        lambda x: torch.stack([torch.atan2(x[..., 1], x[..., 0]), x[..., 2]], dim=-1),
        z0,
        z1,
        max_steps=10,
    )
    assert steps.share_found(steps.encoder).isnan().all()
    assert steps.encoder.residual.max() < 1e-6


@pytest.mark.parametrize(
    ("options", "message"),
    [({"halvings": -1}, "halvings: got -1"), ({"n_segments": 1}, "n_segments: got 1")],
    ids=["halvings", "segments"],
)
def test_runs_without_a_step_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        encoder_steps(SPHERE.metric, lambda x: x[..., :2], *ends(), **options)
