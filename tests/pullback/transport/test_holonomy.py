"""Holonomy: how transport round a loop turns vectors."""

import math

import problems
import pytest
import torch
from pullback import MetricField, gaussian_curvature, holonomy
from pullback.transport.parallel_transport import holonomy_matrix

SINE = 0.5  # of the half-angle of problems.CONE


def parallel(first, n=64):
    phi = torch.linspace(0, 2 * math.pi, n + 1, dtype=torch.float64)
    return torch.stack([torch.full_like(phi, first), phi], dim=-1)


def circle(centre, radius, n=64):
    t = torch.linspace(0, 2 * math.pi, n + 1, dtype=torch.float64)
    loop = torch.tensor(centre, dtype=torch.float64) + radius * torch.stack([t.cos(), t.sin()], dim=-1)
    loop[-1] = loop[0]
    return loop


PARALLELS = [
    (problems.SPHERE, 0.7, -2 * math.pi * math.cos(0.7)),
    (problems.SPHERE, 2.2, -2 * math.pi * math.cos(2.2)),
    (problems.CONE, 1.3, -2 * math.pi * SINE),
    (problems.TORUS, 0.9, 2 * math.pi * math.sin(0.9)),
    (problems.CATENOID, 0.6, -2 * math.pi * math.tanh(0.6)),
    # radius sech(u), arc length log cosh(u): r' = -sech(u)
    (problems.PSEUDOSPHERE, 1.1, 2 * math.pi / math.cosh(1.1)),
]


@pytest.mark.parametrize("method", ["ode", "projection"])
@pytest.mark.parametrize(("problem", "first", "angle"), PARALLELS, ids=lambda x: str(x)[:8])
def test_parallels_of_surfaces_of_revolution_turn_by_the_slope_of_their_radius(problem, first, angle, method):
    """eq-holonomy: -2 pi r'(s), s the arc length of the meridian."""
    n = 64 if method == "ode" else 600
    found = holonomy(problem.metric, parallel(first, n), method=method)
    assert found.item() == pytest.approx(angle, abs=2e-4)


def test_a_parallel_of_the_paraboloid_turns_by_the_known_angle():
    """eq-holonomy: in Cartesian coordinates the loop bounds a disc: 2 pi - 2 pi / sqrt(1 + rho^2)."""
    rho = 1.2
    found = holonomy(problems.PARABOLOID.metric, circle((0.0, 0.0), rho))
    assert found.item() == pytest.approx(2 * math.pi * (1 - 1 / math.sqrt(1 + rho**2)), abs=1e-5)


def test_a_flat_cone_turns_vectors_all_the_same():
    """eq-holonomy: K = 0 on the loop, and the tip inside it holds all the curvature."""
    loop = parallel(1.0)
    assert gaussian_curvature(problems.CONE.metric, loop).abs().max() < 1e-10
    assert holonomy(problems.CONE.metric, loop).item() == pytest.approx(-math.pi, abs=1e-6)


def test_an_octant_of_the_sphere_turns_by_its_area():
    """eq-holonomy: three right angles, area pi / 2; in a stereographic chart, which covers the corners."""
    metric = MetricField(
        lambda z: 4 * torch.eye(2, dtype=z.dtype) / (1 + z.square().sum(-1))[..., None, None] ** 2
    )
    t = torch.linspace(0, 1, 201, dtype=torch.float64)[:-1, None]
    centre, east, north = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    angle = math.pi / 2 * t
    quarter = angle.cos() * east + angle.sin() * north
    loop = torch.cat([centre + t * east, quarter, north * (1 - t), centre[None]])
    assert holonomy(metric, loop).item() == pytest.approx(math.pi / 2, abs=2e-4)


@pytest.mark.parametrize(
    "problem",
    [problems.SPHERE, problems.TORUS, problems.SADDLE, problems.COMPLEX_PARABOLA, problems.HALF_PLANE],
    ids=str,
)
def test_a_small_loop_turns_by_the_curvature_inside(problem):
    """eq-holonomy: the integral of K dA over the disc, counter-clockwise; polar Gauss-Legendre quadrature."""
    centre = tuple((a + b) / 2 + 0.1 for a, b in zip(problem.low, problem.high))
    found = holonomy(problem.metric, circle(centre, 0.3))
    nodes = torch.linspace(0, 1, 201, dtype=torch.float64)
    radius = 0.3 * (nodes[1:] + nodes[:-1]) / 2
    angle = torch.linspace(0, 2 * math.pi, 65, dtype=torch.float64)[:-1]
    z = torch.tensor(centre) + radius[:, None, None] * torch.stack([angle.cos(), angle.sin()], dim=-1)
    density = problem.gaussian(z) * torch.linalg.det(problem.matrix(z)).sqrt() * radius[:, None]
    integral = density.sum() * (0.3 / 200) * (2 * math.pi / 64)
    assert found.item() == pytest.approx(integral.item(), rel=1e-4)


def test_the_other_way_round_turns_the_other_way():
    loop = circle((1.4, 0.2), 0.5)
    there, back = holonomy(problems.SPHERE.metric, torch.stack([loop, loop.flip(0)]))
    assert there.item() == pytest.approx(-back.item(), abs=1e-9)
    assert there > 0


def test_a_flat_metric_turns_nothing():
    for problem in (problems.PLANE, problems.SWISS_ROLL, problems.CLIFFORD_TORUS):
        centre = tuple((a + b) / 2 for a, b in zip(problem.low, problem.high))
        assert abs(holonomy(problem.metric, circle(centre, 0.7)).item()) < 1e-5


def test_the_matrix_is_a_rotation_by_the_angle():
    loop = circle((1.4, 0.2), 0.6)
    H = holonomy_matrix(problems.SPHERE.metric, loop)
    angle = holonomy(problems.SPHERE.metric, loop)
    rotation = torch.stack(
        [torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])]
    )
    torch.testing.assert_close(H, rotation, rtol=0, atol=1e-6)


def test_a_loop_in_a_great_sphere_of_the_three_sphere_turns_only_the_plane_of_that_sphere():
    """eq-holonomy in dimension 3: the equator a = pi / 2 is totally geodesic, so its normal stays."""
    loop = circle((1.4, 0.2), 0.5)
    loop3 = torch.cat([torch.full((65, 1), math.pi / 2, dtype=torch.float64), loop], dim=1)
    H = holonomy_matrix(problems.THREE_SPHERE.metric, loop3, method="projection")
    torch.testing.assert_close(H @ H.T, torch.eye(3, dtype=torch.float64))
    assert H[0, 0].item() == pytest.approx(1, abs=1e-9)
    angle = holonomy(problems.SPHERE.metric, loop)
    assert math.atan2(H[2, 1], H[1, 1]) == pytest.approx(angle.item(), abs=2e-3)


def test_bad_loops_are_named():
    open_curve = circle((1.4, 0.2), 0.5)[:-3]
    with pytest.raises(ValueError, match="loop: got 1 of 1 curves that end up to"):
        holonomy(problems.SPHERE.metric, open_curve)
    with pytest.raises(ValueError, match="loop: got dimension 3, expected 2"):
        holonomy(problems.THREE_SPHERE.metric, torch.zeros(4, 3, dtype=torch.float64))
    with pytest.raises(ValueError, match="loop: got shape"):
        holonomy(problems.SPHERE.metric, torch.zeros(2, dtype=torch.float64))
