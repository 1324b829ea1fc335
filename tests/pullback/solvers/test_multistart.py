"""The race of several starts: what counts, and who wins it."""

import torch
from curve_problems import SPHERE, pairs
from problems import points
from pullback import PullbackMetric, geodesic


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


def test_steps_of_the_race_count_towards_the_exact_hessian():
    """After a race of three steps it is used at once, whether it was due after three steps or before any."""
    z0, z1 = points(1.3, -1.45), points(1.3, 1.45)
    options = {"starts": ["line", "arcs"], "n_segments": 64, "tol": 1e-9, "race_steps": 3}
    early, due, late = (geodesic(SPHERE, z0, z1, newton_after=n, **options) for n in (0, 3, 9))
    assert due.converged
    assert late.converged
    assert due.n_steps == early.n_steps < late.n_steps
