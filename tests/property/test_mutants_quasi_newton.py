"""What the mutation check found untested in the quasi-Newton solver: the scale of its residual."""

import problems
import torch
from latent_geometry import geodesic


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
