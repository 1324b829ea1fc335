"""Algorithm 1 of Shao, Kumar and Fletcher (2017), transcribed node by node, against the library."""

import problems
import pytest
import torch
from pullback import PullbackMetric, geodesic
from torch.autograd.functional import jacobian

pytestmark = pytest.mark.paper
DECODER = problems.HYPERBOLIC_PARABOLOID.immersion
METRIC = problems.HYPERBOLIC_PARABOLOID.metric


def encoder(x):
    """A left inverse of the decoder that does not ignore the normal direction."""
    return x[..., :2] + 0.1 * (x[..., 2:] - (x[..., :1] ** 2 - x[..., 1:2] ** 2))


def algorithm_1(decoder, step_matrix, z0, z1, T, alpha, sweeps):
    """One pair at a time, one node at a time; step_matrix(z) is J_g(z)^T or J_h(g(z))."""
    z = [z0 + (z1 - z0) * i / T for i in range(T + 1)]
    dt = 1 / T
    for _ in range(sweeps):
        for i in range(1, T):
            second = decoder(z[i + 1]) - 2 * decoder(z[i]) + decoder(z[i - 1])
            eta = -(1 / dt) * step_matrix(z[i]) @ second
            z[i] = z[i] - alpha * eta
    return torch.stack(z)


def ends():
    return torch.tensor([-1.0, -0.8]).double(), torch.tensor([1.1, -0.5]).double()


def test_the_decoder_variant_is_the_algorithm_as_printed_with_the_true_gradient():
    """`eq-shao-gradient`"""
    z0, z1 = ends()
    slow = algorithm_1(DECODER, lambda z: jacobian(DECODER, z).T, z0, z1, 10, 0.004, 5)
    fast = geodesic(METRIC, z0, z1, n_segments=10, solver="shao-decoder", alpha=0.004, max_steps=5, eps=1e-9)
    assert torch.allclose(fast.curve, slow, atol=1e-12)
    assert fast.n_steps == 5
    assert not fast.converged


def test_the_encoder_variant_is_the_algorithm_as_printed():
    """`eq-shao-encoder-step`"""
    z0, z1 = ends()
    slow = algorithm_1(DECODER, lambda z: jacobian(encoder, DECODER(z)), z0, z1, 10, 0.03, 5)
    fast = geodesic(
        METRIC,
        z0,
        z1,
        n_segments=10,
        solver="shao-encoder",
        encoder=encoder,
        alpha=0.03,
        max_steps=5,
        eps=1e-9,
    )
    assert torch.allclose(fast.curve, slow, atol=1e-12)


def test_the_true_gradient_reaches_the_geodesic():
    z0, z1 = ends()
    exact = geodesic(METRIC, z0, z1, n_segments=10, tol=1e-9)
    found = geodesic(METRIC, z0, z1, n_segments=10, solver="shao-decoder", max_steps=3000, tol=1e-5)
    assert found.converged
    assert found.residual < 1e-3
    assert torch.allclose(found.length, exact.length, rtol=1e-6)


def test_the_encoder_s_fixed_point_is_not_the_geodesic():
    """Its kernel would have to be the normal space of the surface; it is not, and the curve stays longer."""
    z0, z1 = ends()
    exact = geodesic(METRIC, z0, z1, n_segments=10)
    found = geodesic(METRIC, z0, z1, n_segments=10, solver="shao-encoder", encoder=encoder, max_steps=500)
    assert not found.converged
    assert found.residual > 1e-2
    assert found.length > exact.length * 1.001


def test_the_encoder_that_ignores_normal_directions_does_reach_the_geodesic():
    """The pseudo-inverse of the decoder's Jacobian at each point of the surface has ker J_h = ker J_g^T."""

    class Projection(torch.autograd.Function):
        """The first two coordinates, with J^+ for its Jacobian."""

        @staticmethod
        def forward(x):
            return x[..., :2].clone()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_forward(output)

        @staticmethod
        def jvp(ctx, u):
            (z,) = ctx.saved_tensors
            J = METRIC.features_and_jacobian(z)[1]
            return torch.linalg.solve(J.mT @ J, J.mT @ u[..., None])[..., 0]

    z0, z1 = ends()
    exact = geodesic(METRIC, z0, z1, n_segments=10, tol=1e-9)
    found = geodesic(
        METRIC,
        z0,
        z1,
        n_segments=10,
        solver="shao-encoder",
        encoder=Projection.apply,
        max_steps=1000,
        tol=1e-5,
    )
    assert found.converged
    assert torch.allclose(found.length, exact.length, rtol=1e-6)


def test_the_trace_falls_sweep_by_sweep():
    z0, z1 = ends()
    found = geodesic(METRIC, z0, z1, n_segments=10, solver="shao-decoder", max_steps=50, trace=True)
    assert found.trace.shape == (51,)
    assert (found.trace.diff() < 0).all()


def test_what_the_algorithm_cannot_do_is_refused():
    z0, z1 = ends()
    with pytest.raises(ValueError, match="encoder: got none"):
        geodesic(METRIC, z0, z1, solver="shao-encoder")
    z0, z1 = problems.HALF_PLANE.sample_pairs(1, problems.generator())
    with pytest.raises(ValueError, match="expected a metric with features"):
        geodesic(problems.HALF_PLANE.metric, z0, z1, solver="shao-decoder")
    with pytest.raises(ValueError, match="expected a metric with features"):
        geodesic(problems.HALF_PLANE.metric, z0, z1, solver="shao-encoder", encoder=encoder)


def test_a_folded_decoder_takes_the_same_steps(generator):
    """Folding an affine last layer changes the features but neither gradient nor what the encoder sees."""
    layers = [torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 20)]
    decoder = torch.nn.Sequential(*layers).double().requires_grad_(False)
    for p in decoder.parameters():
        p.copy_(torch.randn(p.shape, dtype=torch.float64, generator=generator))
    back = torch.randn(2, 20, dtype=torch.float64, generator=generator) / 20
    z0, z1 = ends()
    folded, plain = PullbackMetric(decoder), PullbackMetric(lambda z: decoder(z))
    for options in ({"solver": "shao-decoder"}, {"solver": "shao-encoder", "encoder": lambda x: x @ back.T}):
        curves = [
            geodesic(m, z0, z1, n_segments=8, max_steps=4, alpha=1e-3, **options).curve
            for m in (folded, plain)
        ]
        assert torch.allclose(*curves, atol=1e-10)
