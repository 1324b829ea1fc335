"""Parallel transport: three methods, one answer."""

import itertools
import math

import problems
import pytest
import torch
from pullback import MetricField, PullbackMetric, exp, parallel_transport

METHODS = ("ode", "projection", "pole-ladder")
ORDERS = {"ode": 4, "projection": 2, "pole-ladder": 2}


def wavy_curve(problem, n):
    """A smooth curve across the problem's chart that is no geodesic."""
    low, high = (torch.tensor(c, dtype=torch.float64) for c in (problem.low, problem.high))
    t = torch.linspace(0, 1, n + 1, dtype=torch.float64)[:, None]
    phase = torch.arange(problem.d, dtype=torch.float64)
    return (low + high) / 2 + 0.3 * (high - low) * torch.sin(2.5 * t + phase) * (1 - 0.3 * t)


def first_vector(problem):
    return torch.linspace(1.0, -0.6, problem.d, dtype=torch.float64)


BENT = [problems.SPHERE, problems.TORUS, problems.CATENOID, problems.VERONESE, problems.THREE_SPHERE]
AGREEING = [(p, m) for p in BENT for m in ("ode", "projection")] + [(problems.CATENOID, "pole-ladder")]
ORDERED = [(p, m) for p in (problems.TORUS, problems.SADDLE) for m in METHODS[:2]] + [
    (problems.SADDLE, METHODS[2])
]


@pytest.mark.parametrize(("problem", "method"), AGREEING, ids=str)
def test_the_methods_agree(problem, method):
    """eq-parallel-transport"""
    v = first_vector(problem)
    truth = parallel_transport(problem.metric, wavy_curve(problem, 200), v)
    n = 50 if method != "pole-ladder" else 12
    found = parallel_transport(problem.metric, wavy_curve(problem, n), v, method=method)
    torch.testing.assert_close(found, truth, rtol=0, atol=1e-2)


@pytest.mark.convergence
@pytest.mark.parametrize(("problem", "method"), ORDERED, ids=str)
def test_the_error_falls_at_the_declared_order(problem, method):
    """eq-parallel-transport"""
    v = first_vector(problem)
    truth = parallel_transport(problem.metric, wavy_curve(problem, 640), v)
    counts = (20, 40, 80) if method != "pole-ladder" else (6, 12, 24)
    errors = [
        (parallel_transport(problem.metric, wavy_curve(problem, n), v, method=method) - truth).norm()
        for n in counts
    ]
    slopes = [math.log2(a / b) for a, b in itertools.pairwise(errors)]
    assert slopes[-1] == pytest.approx(ORDERS[method], abs=0.4)


@pytest.mark.parametrize("method", METHODS)
def test_transport_keeps_inner_products(method):
    """eq-parallel-transport"""
    problem = problems.CATENOID
    n = 60 if method != "pole-ladder" else 12
    curve, metric = wavy_curve(problem, n), problem.metric
    u, v = torch.tensor([[1.0, 0.2], [-0.4, 0.7]], dtype=torch.float64)
    fields = [parallel_transport(metric, curve, w, method=method, return_field=True) for w in (u, v)]
    product = metric.inner_product(curve, *fields)
    tolerance = {"ode": 1e-6, "projection": 1e-12, "pole-ladder": 4e-2}[method]
    torch.testing.assert_close(product, product[0].expand(n + 1), rtol=0, atol=tolerance)


@pytest.mark.parametrize("problem", problems.PROBLEMS, ids=str)
def test_a_geodesic_carries_its_own_velocity(problem, generator):
    """eq-parallel-transport, eq-geodesic-equation"""
    z = problem.sample(1, generator)
    v = torch.randn(1, problem.d, dtype=torch.float64, generator=generator)
    v = 0.4 * v / problem.metric.norm(z, v)[:, None]
    path = exp(problem.metric, z, v, n_segments=24, return_result=True)
    carried = parallel_transport(problem.metric, path.curve, v)
    torch.testing.assert_close(carried, path.velocity, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("problem", [problems.PLANE, problems.CYLINDER, problems.CLIFFORD_TORUS], ids=str)
@pytest.mark.parametrize("method", METHODS)
def test_in_a_constant_metric_coordinates_do_not_change(problem, method):
    v = first_vector(problem)
    found = parallel_transport(problem.metric, wavy_curve(problem, 12), v, method=method)
    # the rotation nearest to a projection is exact where the surface bends along one direction only
    torch.testing.assert_close(found, v, rtol=0, atol=1e-10)


def test_transport_along_a_parallel_of_the_sphere_turns_at_the_known_rate():
    """eq-parallel-transport: in the frame (e_theta, e_phi) the angle falls by cos(theta) per unit of phi."""
    theta = 0.7
    phi = torch.linspace(0, 2, 41, dtype=torch.float64)
    curve = torch.stack([torch.full_like(phi, theta), phi], dim=-1)
    v = torch.tensor([1.0, 0.0], dtype=torch.float64)
    field = parallel_transport(problems.SPHERE.metric, curve, v, return_field=True)
    frame = field * torch.tensor([1.0, math.sin(theta)])
    truth = torch.stack([(math.cos(theta) * phi).cos(), -(math.cos(theta) * phi).sin()], dim=-1)
    torch.testing.assert_close(frame, truth, rtol=0, atol=1e-6)


def test_going_back_undoes_going_forth():
    curve, v = wavy_curve(problems.THREE_SPHERE, 40), first_vector(problems.THREE_SPHERE)
    metric = problems.THREE_SPHERE.metric
    for method in ("ode", "projection"):
        there = parallel_transport(metric, curve, v, method=method)
        back = parallel_transport(metric, curve.flip(0), there, method=method)
        torch.testing.assert_close(back, v, rtol=0, atol=1e-6)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_few_nodes_are_enough(n):
    curve, v = wavy_curve(problems.TORUS, n), first_vector(problems.TORUS)
    assert parallel_transport(problems.TORUS.metric, curve, v).isfinite().all()


def test_one_vector_at_a_time_and_matrices_agree(monkeypatch):
    curve, v = wavy_curve(problems.THREE_SPHERE, 20), first_vector(problems.THREE_SPHERE)
    matrices = parallel_transport(problems.THREE_SPHERE.metric, curve, v)
    monkeypatch.setattr("pullback.transport.parallel_transport._MATRIX_DIM", 0)
    torch.testing.assert_close(parallel_transport(problems.THREE_SPHERE.metric, curve, v), matrices)


@pytest.mark.parametrize("method", METHODS)
def test_a_batch_equals_its_rows_and_broadcasts(method):
    curve = wavy_curve(problems.SPHERE, 5)
    v = torch.randn(3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    batch = parallel_transport(problems.SPHERE.metric, curve, v, method=method)
    rows = [parallel_transport(problems.SPHERE.metric, curve, w, method=method) for w in v]
    torch.testing.assert_close(batch, torch.stack(rows), rtol=1e-11, atol=1e-11)
    curves = torch.stack([curve, curve + 0.1])
    assert parallel_transport(problems.SPHERE.metric, curves, v[0], method=method).shape == (2, 2)


def test_single_precision_and_the_arguments_are_kept():
    curve, v = wavy_curve(problems.SPHERE, 12).float(), first_vector(problems.SPHERE).float()
    copies = curve.clone(), v.clone()
    for method in ("ode", "projection"):
        assert parallel_transport(problems.SPHERE.metric, curve, v, method=method).dtype == torch.float32
    assert torch.equal(curve, copies[0])
    assert torch.equal(v, copies[1])


def test_bad_arguments_of_transport_are_named():
    metric, curve = problems.SPHERE.metric, wavy_curve(problems.SPHERE, 4)
    v = first_vector(problems.SPHERE)
    with pytest.raises(ValueError, match="method: got 'schild'"):
        parallel_transport(metric, curve, v, method="schild")
    with pytest.raises(ValueError, match="v: got shape"):
        parallel_transport(metric, curve, v[:1])
    with pytest.raises(ValueError, match="curve: got shape"):
        parallel_transport(metric, curve[:1], v)
    broken = curve.clone()
    broken[2, 1] = math.nan
    with pytest.raises(ValueError, match="curve: got 1 NaN"):
        parallel_transport(metric, broken, v)
    with pytest.raises(ValueError, match="method: got 'projection' for a MetricField"):
        parallel_transport(MetricField(problems.SPHERE.matrix), curve, v, method="projection")
    far = torch.tensor([[0.3, 0.0], [2.8, 3.0]], dtype=torch.float64)
    with pytest.raises(ValueError, match="curve: neighbouring nodes are up to"):
        parallel_transport(metric, far, v, method="pole-ladder")


@pytest.mark.parametrize("method", ["ode", "projection"])
def test_a_metric_that_is_singular_on_the_curve_is_refused(method):
    flattened = PullbackMetric(lambda z: torch.cat([z[..., :1], z[..., :1].sin(), 0 * z[..., 1:]], dim=-1))
    curve = wavy_curve(problems.SADDLE, 6)
    with pytest.raises(ValueError, match="metric: singular"):
        parallel_transport(flattened, curve, first_vector(problems.SADDLE), method=method)
