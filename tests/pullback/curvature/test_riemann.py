"""Riemann, Ricci, scalar, sectional and Gaussian curvature against closed forms, from inside and outside."""

import math

import pytest
import torch
from problems import (
    FIELDS,
    HALF_PLANE,
    PLANE,
    PROBLEMS,
    SPHERE,
    THREE_SPHERE,
    TORUS,
    TWO_DIMENSIONAL,
    TWO_SPHERES,
    generator,
    points,
)
from pullback import (
    ConformalMetric,
    EuclideanMetric,
    MetricField,
    PullbackMetric,
    gaussian_curvature,
    ricci_tensor,
    riemann_tensor,
    scalar_curvature,
    sectional_curvature,
)
from pullback.curvature import riemann as module
from pullback.metrics.metric_derivatives import lowered_riemann
from torch import nn

CLOSE = {"rtol": 1e-8, "atol": 1e-9}


def methods(problem):
    return ["auto", "intrinsic"] if problem in FIELDS else ["extrinsic", "intrinsic"]


def vectors(n: int, d: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(n, d, dtype=torch.float64, generator=generator(seed))


@pytest.mark.parametrize("problem", TWO_DIMENSIONAL, ids=str)
def test_gaussian_curvature_is_the_closed_form(problem):
    """`eq-gaussian-curvature`."""
    z = problem.sample(10, generator())
    for method in methods(problem):
        K = gaussian_curvature(problem.metric, z, method=method)
        torch.testing.assert_close(K, problem.gaussian(z), **CLOSE)


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_scalar_curvature_is_the_closed_form(problem):
    """`eq-scalar`."""
    z = problem.sample(10, generator())
    for method in methods(problem):
        torch.testing.assert_close(
            scalar_curvature(problem.metric, z, method=method), problem.scalar(z), **CLOSE
        )


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_sectional_curvature_is_the_closed_form(problem):
    """`eq-sectional`."""
    z, u, v = problem.sample(10, generator()), vectors(10, problem.d), vectors(10, problem.d, 2)
    for method in methods(problem):
        K = sectional_curvature(problem.metric, z, u, v, method=method)
        torch.testing.assert_close(K, problem.sectional(z, u, v), **CLOSE)


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_the_riemann_tensor_gives_every_sectional_curvature(problem):
    """`eq-riemann`: R(u, v, v, u) is positive on the sphere."""
    z, u, v = problem.sample(10, generator()), vectors(10, problem.d), vectors(10, problem.d, 2)
    G = problem.matrix(z)
    uu, uv, vv = (torch.einsum("ni,nij,nj->n", a, G, b) for a, b in ((u, u), (u, v), (v, v)))
    for method in methods(problem):
        R = riemann_tensor(problem.metric, z, method=method)
        K = torch.einsum("nijkl,ni,nj,nk,nl->n", R, u, v, v, u) / (uu * vv - uv**2)
        torch.testing.assert_close(K, problem.sectional(z, u, v), **CLOSE)


@pytest.mark.parametrize("problem", [SPHERE, HALF_PLANE, THREE_SPHERE], ids=str)
def test_the_riemann_tensor_of_constant_curvature_is_the_closed_form(problem):
    """`eq-riemann`: R_ijkl = K (G_il G_jk - G_ik G_jl)."""
    z = problem.sample(5, generator())
    G = problem.matrix(z)
    K = problem.scalar(z)[0] / (problem.d * (problem.d - 1))
    expected = K * (torch.einsum("nil,njk->nijkl", G, G) - torch.einsum("nik,njl->nijkl", G, G))
    for method in methods(problem):
        torch.testing.assert_close(riemann_tensor(problem.metric, z, method=method), expected, **CLOSE)


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_the_ricci_tensor_is_the_trace_of_the_riemann_tensor(problem):
    """`eq-ricci`."""
    z = problem.sample(5, generator())
    for method in methods(problem):
        Ric = ricci_tensor(problem.metric, z, method=method)
        R = riemann_tensor(problem.metric, z, method=method)
        torch.testing.assert_close(
            Ric, torch.einsum("nil,nijkl->njk", problem.matrix(z).inverse(), R), **CLOSE
        )
        torch.testing.assert_close(
            scalar_curvature(problem.metric, z, method=method), problem.scalar(z), **CLOSE
        )


@pytest.mark.parametrize(("problem", "constant"), [(SPHERE, 1), (THREE_SPHERE, 2), (TWO_SPHERES, 1)], ids=str)
def test_einstein_metrics_have_a_ricci_tensor_proportional_to_the_metric(problem, constant):
    """`eq-ricci`: positive on spheres."""
    z = problem.sample(5, generator())
    for method in methods(problem):
        Ric = ricci_tensor(problem.metric, z, method=method)
        torch.testing.assert_close(Ric, constant * problem.matrix(z), **CLOSE)


@pytest.mark.parametrize("method", ["extrinsic", "intrinsic"])
def test_ricci_and_scalar_curvature_are_sums_over_planes_and_no_means(method):
    """`eq-ricci`, `eq-scalar`: of the planes of an orthonormal frame."""
    metric = PullbackMetric(lambda z: torch.cat([z, z.prod(-1, True), z.square().sum(-1, True).sin()], -1))
    z = 0.5 * vectors(5, 4)
    E = torch.linalg.inv(torch.linalg.cholesky(metric.matrix(z))).unbind(-2)
    K = torch.stack(
        [
            torch.stack(
                [sectional_curvature(metric, z, u, v) if u is not v else 0 * z[:, 0] for v in E], dim=-1
            )
            for u in E
        ]
    )
    Ric = ricci_tensor(metric, z, method=method)
    along = torch.stack([torch.einsum("ni,nij,nj->n", u, Ric, u) for u in E])
    torch.testing.assert_close(along, K.sum(-1), **CLOSE)
    torch.testing.assert_close(scalar_curvature(metric, z, method=method), K.sum((0, -1)), **CLOSE)


@pytest.mark.parametrize(("offset", "agree"), [(0.3, True), (1e-4, False)])
def test_gauss_s_equation_needs_a_map_without_jumps_in_its_second_derivative(offset, agree):
    """`eq-gauss-equation`: differences of G across the jump of ELU'' at 0, whatever the step is."""
    metric = PullbackMetric(
        lambda z: torch.cat([z, nn.functional.elu(z @ points([1.0], [2.0])), z.square().sum(-1, True)], -1)
    )
    z, h = points([offset + 0.4, -0.2]), 1e-3
    e = h * torch.eye(2, dtype=z.dtype)
    G = lambda y: metric.matrix(y)  # noqa: E731
    dG = torch.stack([(G(z + a) - G(z - a)) / (2 * h) for a in e], dim=-1)
    ddG = torch.stack(
        [
            torch.stack(
                [(G(z + a + b) - G(z + a - b) - G(z - a + b) + G(z - a - b)) / (4 * h**2) for a in e], -1
            )
            for b in e
        ],
        dim=-1,
    )
    found = lowered_riemann(dG, ddG, G(z).inverse())[:, 0, 1, 1, 0] / torch.linalg.det(G(z))
    inside = gaussian_curvature(metric, z, method="intrinsic")
    torch.testing.assert_close(inside, gaussian_curvature(metric, z, method="extrinsic"))
    assert torch.allclose(found, inside, rtol=0.01) is agree


def test_planes_across_a_product_are_flat_and_planes_along_it_are_not():
    z = TWO_SPHERES.sample(5, generator())
    e = torch.eye(4, dtype=z.dtype).expand(5, 4, 4).unbind(-1)
    for i, j, K in ((0, 1, 1), (2, 3, 1), (0, 2, 0), (1, 3, 0)):
        expected = torch.full((5,), float(K), dtype=z.dtype)
        torch.testing.assert_close(sectional_curvature(TWO_SPHERES.metric, z, e[i], e[j]), expected, **CLOSE)


def test_the_total_curvature_of_the_torus_is_zero():
    """Gauss and Bonnet: 2 pi times the Euler characteristic."""
    t = torch.arange(64, dtype=torch.float64) * 2 * math.pi / 64
    z = torch.cartesian_prod(t, t)
    density = gaussian_curvature(TORUS.metric, z) * TORUS.metric.log_volume(z).exp()
    assert abs(density.sum() * (2 * math.pi / 64) ** 2) < 1e-10
    assert density.abs().sum() * (2 * math.pi / 64) ** 2 > 25


def test_the_total_curvature_of_a_bumpy_sphere_is_four_pi():
    """Gauss and Bonnet on a sphere stretched unevenly, by Gauss-Legendre nodes in the polar angle."""

    def bumpy(z):
        x = SPHERE.immersion(z)
        return x * (1 + 0.2 * x[..., :1] * x[..., 2:] + 0.1 * x[..., 1:2])

    import numpy

    nodes, weights = (torch.from_numpy(a) for a in numpy.polynomial.legendre.leggauss(40))
    theta, phi = (nodes + 1) * math.pi / 2, torch.arange(64, dtype=torch.float64) * 2 * math.pi / 64
    z = torch.stack(torch.meshgrid(theta, phi, indexing="ij"), dim=-1)
    metric = PullbackMetric(bumpy)
    density = gaussian_curvature(metric, z) * metric.log_volume(z).exp()
    total = (density.sum(1) * weights).sum() * math.pi / 2 * 2 * math.pi / 64
    assert math.isclose(total, 4 * math.pi, rel_tol=1e-8)


def test_sectional_curvature_belongs_to_the_plane_and_not_to_its_basis():
    z, u, v = THREE_SPHERE.sample(6, generator()), vectors(6, 3), vectors(6, 3, 2)
    metric = ConformalMetric(lambda z: 1 + z[..., 0] ** 2, THREE_SPHERE.metric)
    for m in (
        metric,
        PullbackMetric(lambda z: torch.cat([z.sin(), z.square(), z.prod(-1, keepdim=True)], -1)),
    ):
        K = sectional_curvature(m, z, u, v)
        torch.testing.assert_close(sectional_curvature(m, z, 3 * v - u, u + 0.5 * v), K, **CLOSE)
        torch.testing.assert_close(
            sectional_curvature(m, z, 1e-6 * u, 1e6 * (v + 1e4 * u)), K, rtol=1e-6, atol=1e-7
        )


@pytest.mark.parametrize("method", ["extrinsic", "intrinsic"])
def test_an_affine_decoder_is_flat(method):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 9), nn.Linear(9, 20)).double()
    metric, z = PullbackMetric(net), vectors(5, 3)
    assert riemann_tensor(metric, z, method=method).abs().amax() < 1e-13
    assert (
        sectional_curvature(metric, z, vectors(5, 3, 2), vectors(5, 3, 3), method=method).abs().amax() < 1e-12
    )


@pytest.mark.parametrize(
    "metric", [EuclideanMetric(), PLANE.metric, PullbackMetric(nn.Linear(2, 7).double())]
)
def test_flat_metrics_have_no_curvature(metric):
    assert gaussian_curvature(metric, vectors(4, 2)).abs().amax() < 1e-12


def test_a_curve_has_no_intrinsic_curvature():
    z = vectors(4, 1)
    helix = PullbackMetric(lambda z: torch.cat([z.cos(), z.sin(), z**2], dim=-1))
    field = MetricField(lambda z: (2 * z).exp()[..., None])
    for metric in (helix, field):
        assert riemann_tensor(metric, z).abs().amax() < 1e-14
        assert ricci_tensor(metric, z).abs().amax() < 1e-13
        assert scalar_curvature(metric, z).abs().amax() < 1e-12


def test_chunks_of_points_do_not_change_the_answer(monkeypatch):
    z = THREE_SPHERE.sample(7, generator())
    whole = ricci_tensor(THREE_SPHERE.metric, z)
    monkeypatch.setattr(module, "_CHUNK_ENTRIES", 1)
    torch.testing.assert_close(ricci_tensor(THREE_SPHERE.metric, z), whole)


@pytest.mark.parametrize("problem", [SPHERE, TWO_SPHERES, HALF_PLANE], ids=str)
@pytest.mark.parametrize("batch", [(), (0,), (1,), (3, 2)])
def test_a_batch_is_a_loop(problem, batch):
    n, d = math.prod(batch), problem.d
    z, u, v = (
        t.reshape(*batch, d) for t in (problem.sample(n, generator()), vectors(n, d), vectors(n, d, 2))
    )
    metric = problem.metric
    for method in methods(problem):
        tensors = {riemann_tensor: 4, ricci_tensor: 2, scalar_curvature: 0} | (
            {gaussian_curvature: 0} if d == 2 else {}
        )
        for function, rank in tensors.items():
            together = function(metric, z, method=method)
            assert together.shape == (*batch, *[d] * rank)
            for one, point in zip(together.reshape(n, *[d] * rank), z.reshape(n, d)):
                torch.testing.assert_close(one, function(metric, point, method=method))
        K = sectional_curvature(metric, z, u, v, method=method)
        assert K.shape == batch
        for one, point, a, b in zip(K.reshape(n), *(t.reshape(n, d) for t in (z, u, v))):
            torch.testing.assert_close(one, sectional_curvature(metric, point, a, b, method=method))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtype_is_kept_and_arguments_are_left_alone(dtype):
    for problem in (SPHERE, HALF_PLANE):
        z, u, v = (t.to(dtype) for t in (problem.sample(4, generator()), vectors(4, 2), vectors(4, 2, 2)))
        before = z.clone(), u.clone(), v.clone()
        assert sectional_curvature(problem.metric, z, u, v).dtype == dtype
        for function in (gaussian_curvature, scalar_curvature, ricci_tensor, riemann_tensor):
            assert function(problem.metric, z).dtype == dtype
        assert all(torch.equal(a, b) for a, b in zip((z, u, v), before))


def test_single_precision_agrees_with_double_on_an_ill_conditioned_decoder():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 32), nn.ELU(), nn.Linear(32, 32), nn.ELU(), nn.Linear(32, 200)).double()
    with torch.no_grad():
        net[0].weight *= torch.logspace(0, -2, 8)
    z, u, v = vectors(20, 8), vectors(20, 8, 2), vectors(20, 8, 3)
    metric = PullbackMetric(net)
    assert torch.linalg.cond(metric.matrix(z)).amin() > 1e3
    exact = sectional_curvature(metric, z, u, v)
    net.float()
    single = sectional_curvature(metric, z.float(), u.float(), v.float()).double()
    assert ((single - exact).abs() < 1e-3 * exact.abs().amax()).all()


POINTS = torch.tensor([[1.0, 0.5], [1.2, 0.2]], dtype=torch.float64)
U = torch.tensor([[1.0, 2.0], [0.3, 0.1]], dtype=torch.float64)
V = torch.tensor([[0.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
POLE = torch.tensor([0.0, 1.0], dtype=torch.float64)


@pytest.mark.parametrize("metric", [SPHERE.metric, MetricField(SPHERE.matrix)], ids=["features", "field"])
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: sectional_curvature(m, POINTS, U, -3 * U), "parallel or zero vectors at 2 of 2 points"),
        (lambda m: sectional_curvature(m, POINTS, U, 0 * V), "parallel or zero vectors at 2 of 2 points"),
        (lambda m: sectional_curvature(m, POINTS, 0 * U, V), "parallel or zero vectors at 2 of 2 points"),
        (lambda m: sectional_curvature(m, POINTS, U, V[:, :1]), "v: got shape"),
        (lambda m: sectional_curvature(m, POINTS, U * torch.nan, V), "u: got 4 NaN or infinite"),
        (lambda m: sectional_curvature(m, POINTS, U.float(), V), "u: got dtype float32, expected float64"),
        (
            lambda m: sectional_curvature(m, POINTS[:, :1], U[:, :1], V[:, :1]),
            "z: got 1 latent coordinate, expected",
        ),
        (lambda m: sectional_curvature(m, POLE, U[0], V[0]), "metric: singular at 1 of 1 points"),
        (lambda m: sectional_curvature(m, POINTS, U, V, method="best"), "method: got 'best'"),
        (lambda m: gaussian_curvature(m, torch.ones(2, 3)), "z: got 3 latent coordinates, expected 2"),
        (lambda m: gaussian_curvature(m, torch.ones(2, 1)), "z: got 1 latent coordinates, expected 2"),
        (lambda m: gaussian_curvature(m, POLE), "metric: singular at 1 of 1 points"),
        (lambda m: riemann_tensor(m, POLE), "metric: singular at 1 of 1 points"),
        (lambda m: ricci_tensor(m, POLE), "metric: singular at 1 of 1 points"),
        (lambda m: scalar_curvature(m, POLE), "metric: singular at 1 of 1 points"),
        (lambda m: scalar_curvature(m, POINTS * torch.inf), "z: got 4 NaN or infinite"),
        (lambda m: riemann_tensor(m, POINTS.half()), "z: got dtype float16"),
        (lambda m: riemann_tensor(m, POINTS, method="outside"), "method: got 'outside'"),
    ],
)
def test_bad_input_is_named(metric, call, message):
    with pytest.raises(ValueError, match=message):
        call(metric)


def test_a_metric_without_features_cannot_be_seen_from_outside():
    for function in (riemann_tensor, ricci_tensor, scalar_curvature, gaussian_curvature):
        with pytest.raises(ValueError, match="method: got 'extrinsic', expected 'intrinsic' for MetricField"):
            function(HALF_PLANE.metric, POINTS, method="extrinsic")
