"""What the mutation check found untested in the quasi-Newton solver: its residual and its history."""

import problems
import torch
from pullback import geodesic
from pullback.solvers.quasi_newton import _State


def test_the_square_of_the_residual_is_the_excess_energy_where_the_metric_is_constant():
    """`eq-discrete-energy`: with a constant metric the first Hessian is exact: g . H^-1 g / 2 = E - min E."""
    z0, z1 = problems.PLANE.sample_pairs(3, problems.generator(4))
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    straight = problems.PLANE.geodesic(z0, z1, t)
    bent = straight.clone()
    bent[:, 1:-1] += torch.randn(3, 7, 2, generator=problems.generator(5), dtype=torch.float64)
    options = {"n_segments": 8, "solver": "quasi-newton", "max_steps": 0}
    start, best = (
        geodesic(problems.PLANE.metric, z0, z1, starts=c[None], **options) for c in (bent, straight)
    )
    torch.testing.assert_close(start.residual**2, (start.energy - best.energy) / start.energy)


def test_the_newest_change_of_the_gradient_is_mapped_to_the_move_that_made_it():
    """The secant equation H y = s (Nocedal and Wright 2006, eq. 6.17): what makes a method quasi-Newton."""
    z0, z1 = problems.SPHERE.sample_pairs(5, problems.generator(3))
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    state = _State(problems.SPHERE.metric, z0[:, None] + t[:, None] * (z1 - z0)[:, None], memory=4)
    everyone = torch.arange(5)
    for _ in range(3):
        state.step(everyone)
    assert (state.curvature[-1] > 0).all()
    state.gradient = state.changes[-1].clone()
    torch.testing.assert_close(-state._direction(everyone), state.moves[-1])
