"""What holds for the curvature of any metric, on random small decoders."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import generator
from pullback import (
    ConformalMetric,
    ExpectedPullbackMetric,
    MetricField,
    PullbackMetric,
    christoffels,
    geodesic_acceleration,
    mean_curvature,
    ricci_tensor,
    riemann_tensor,
    scalar_curvature,
    sectional_curvature,
)
from pullback.maps.differentiated_map import jacobian
from torch import nn

ACTIVATIONS = [nn.Tanh, nn.Sigmoid, nn.ELU, nn.Softplus, nn.SiLU, nn.GELU]
CLOSE = {"rtol": 1e-7, "atol": 1e-8}
seeds = st.integers(0, 2**31 - 1)


def decoder(seed: int, d: int, D: int = 9, activation=nn.Tanh) -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Linear(d, 8), activation(), nn.Linear(8, 8), activation(), nn.Linear(8, D)
        ).double()


def draw(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=generator(seed))


def quick(examples: int = 12):
    return settings(max_examples=examples, deadline=None, derandomize=True)


@quick(24)
@given(
    seed=seeds,
    d=st.integers(1, 4),
    batch=st.sampled_from([(), (0,), (1,), (3, 2)]),
    activation=st.sampled_from(ACTIVATIONS),
)
def test_from_inside_and_outside_random_decoders_have_the_same_curvature(seed, d, batch, activation):
    """`eq-gauss-equation`."""
    metric, z = PullbackMetric(decoder(seed, d, activation=activation)), draw(seed, *batch, d)
    for function, rank in ((christoffels, 3), (riemann_tensor, 4), (ricci_tensor, 2), (scalar_curvature, 0)):
        outside = function(metric, z, method="extrinsic")
        assert outside.shape == (*batch, *[d] * rank)
        inside = function(metric, z, method="intrinsic")
        scale = inside.abs().amax().clamp(min=1e-3) if inside.numel() else 1
        assert ((outside - inside).abs() <= 1e-6 * scale).all()
    if d > 1:
        u, v = draw(seed + 1, *batch, d), draw(seed + 2, *batch, d)
        a, b = (sectional_curvature(metric, z, u, v, method=m) for m in ("extrinsic", "intrinsic"))
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


def metrics(seed):
    base = PullbackMetric(decoder(seed, 3))
    return {
        "features": base,
        "expected": ExpectedPullbackMetric(
            decoder(seed, 3), nn.Sequential(decoder(seed + 1, 3), nn.Softplus())
        ),
        "conformal": ConformalMetric(lambda z: 1 + z.square().sum(-1), base),
        "field": MetricField(
            lambda z: torch.eye(3, dtype=z.dtype) + z.sin()[..., :, None] * z.sin()[..., None, :]
        ),
    }


@pytest.mark.parametrize("kind", metrics(0))
@quick(6)
@given(seed=seeds)
def test_the_riemann_tensor_has_its_symmetries_and_the_first_bianchi_identity(kind, seed):
    """`eq-riemann`."""
    R = riemann_tensor(metrics(seed)[kind], 0.5 * draw(seed, 4, 3))
    torch.testing.assert_close(R, -R.transpose(-4, -3), **CLOSE)
    torch.testing.assert_close(R, -R.transpose(-2, -1), **CLOSE)
    torch.testing.assert_close(R, R.permute(0, 3, 4, 1, 2), **CLOSE)
    cyclic = R + R.permute(0, 2, 3, 1, 4) + R.permute(0, 3, 1, 2, 4)
    assert cyclic.abs().amax() < 1e-8 * (1 + R.abs().amax())
    assert R.abs().amax() > 1e-4


@pytest.mark.parametrize("kind", metrics(0))
def test_the_second_bianchi_identity_holds(kind):
    """`eq-riemann`: the cyclic sum of covariant derivatives vanishes; partial ones by finite differences."""
    metric, z = metrics(3)[kind], 0.5 * draw(3, 3, 3)
    R, Gamma = riemann_tensor(metric, z), christoffels(metric, z)
    steps = 1e-4 * torch.eye(3, dtype=z.dtype)
    d = torch.stack(
        [(riemann_tensor(metric, z + e) - riemann_tensor(metric, z - e)) / 2e-4 for e in steps], dim=1
    )
    covariant = (
        d
        - torch.einsum("npmi,npjkl->nmijkl", Gamma, R)
        - torch.einsum("npmj,nipkl->nmijkl", Gamma, R)
        - torch.einsum("npmk,nijpl->nmijkl", Gamma, R)
        - torch.einsum("npml,nijkp->nmijkl", Gamma, R)
    )
    cyclic = covariant + covariant.permute(0, 2, 3, 1, 4, 5) + covariant.permute(0, 3, 1, 2, 4, 5)
    assert cyclic.abs().amax() < 1e-6 * (1 + covariant.abs().amax())
    assert covariant.abs().amax() > 1e-3


@pytest.mark.parametrize("kind", ["features", "conformal"])
def test_the_divergence_of_the_ricci_tensor_is_half_the_gradient_of_its_trace(kind):
    """`eq-ricci`, `eq-scalar`: the contracted second Bianchi identity."""
    metric, z = metrics(5)[kind], 0.5 * draw(5, 3, 3)
    steps = 1e-4 * torch.eye(3, dtype=z.dtype)

    def central(f):
        return torch.stack([(f(metric, z + e) - f(metric, z - e)) / 2e-4 for e in steps], dim=1)

    Ric, Gamma, inverse = ricci_tensor(metric, z), christoffels(metric, z), metric.cometric(z)
    covariant = (
        central(ricci_tensor)
        - torch.einsum("npmj,npk->nmjk", Gamma, Ric)
        - torch.einsum("npmk,njp->nmjk", Gamma, Ric)
    )
    divergence = torch.einsum("nmj,nmjk->nk", inverse, covariant)
    torch.testing.assert_close(divergence, central(scalar_curvature) / 2, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("method", ["extrinsic", "intrinsic"])
@quick(6)
@given(seed=seeds)
def test_curvature_does_not_depend_on_latent_coordinates(method, seed):
    """Curvature at z in the chart f o phi is curvature at phi(z) in the chart f."""

    def phi(z):
        return z + 0.3 * z.roll(1, -1).sin()

    net = decoder(seed, 3)
    z, u, v = (draw(seed + i, 4, 3) for i in range(3))
    J = jacobian(phi, z)
    pushed = [(J @ w[..., None])[..., 0] for w in (u, v)]
    here, there = PullbackMetric(lambda z: net(phi(z))), PullbackMetric(net)
    K = sectional_curvature(here, z, u, v, method=method)
    torch.testing.assert_close(K, sectional_curvature(there, phi(z), *pushed), rtol=1e-6, atol=1e-7)
    S = scalar_curvature(here, z, method=method)
    torch.testing.assert_close(S, scalar_curvature(there, phi(z)), rtol=1e-6, atol=1e-7)
    Ric = ricci_tensor(here, z, method=method)
    expected = J.mT @ ricci_tensor(there, phi(z)) @ J
    torch.testing.assert_close(Ric, expected, rtol=1e-6, atol=1e-7)


@quick(6)
@given(seed=seeds, c=st.floats(0.1, 10))
def test_curvature_is_kept_by_ambient_isometries_and_divided_by_the_square_of_a_scale(seed, c):
    net = decoder(seed, 3)
    Q = torch.linalg.qr(draw(seed, 9, 9)).Q
    z, u, v = (draw(seed + i, 4, 3) for i in range(3))
    K = sectional_curvature(PullbackMetric(net), z, u, v)
    scaled = PullbackMetric(lambda z: c * net(z) @ Q + 7)
    torch.testing.assert_close(sectional_curvature(scaled, z, u, v) * c**2, K, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(
        christoffels(scaled, z), christoffels(PullbackMetric(net), z), rtol=1e-6, atol=1e-8
    )
    h = mean_curvature(net, z)
    torch.testing.assert_close(
        mean_curvature(lambda z: c * net(z) @ Q + 7, z), h @ Q / c, rtol=1e-6, atol=1e-8
    )


@quick(6)
@given(seed=seeds, activation=st.sampled_from(ACTIVATIONS))
def test_folded_features_and_outputs_have_the_same_geometry(seed, activation):
    net = decoder(seed, 3, 40, activation)
    z, u, v = (draw(seed + i, 4, 3) for i in range(3))
    folded, plain = PullbackMetric(net), PullbackMetric(lambda z: net(z))
    assert folded.features(z).shape[-1] == 8
    assert plain.features(z).shape[-1] == 40
    for function in (christoffels, riemann_tensor):
        torch.testing.assert_close(function(folded, z), function(plain, z), rtol=1e-6, atol=1e-8)
    a, b = (geodesic_acceleration(m, z, u) for m in (folded, plain))
    torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-8)
    a, b = (sectional_curvature(m, z, u, v) for m in (folded, plain))
    torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-7)


@quick(6)
@given(seed=seeds)
def test_conformal_surfaces_bend_by_the_laplacian_of_their_factor(seed):
    """`eq-conformal-metric`: K = -exp(-2 s) Laplacian s for G = exp(2 s) I in two dimensions."""
    w = draw(seed, 2)
    metric = ConformalMetric(lambda z: torch.exp(2 * (z * w).sum(-1).sin()))
    z = draw(seed + 1, 5, 2)
    s = (z * w).sum(-1).sin()
    K = 0.5 * scalar_curvature(metric, z)
    torch.testing.assert_close(K, (-2 * s).exp() * w.square().sum() * s, **CLOSE)
