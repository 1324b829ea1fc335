"""The pole ladder: parallel transport from geodesics alone."""

import problems
import pytest
import torch
from pullback import exp, parallel_transport


@pytest.mark.parametrize("problem", [problems.SPHERE, problems.PSEUDOSPHERE, problems.HALF_PLANE], ids=str)
def test_the_pole_ladder_is_exact_along_geodesics_of_constant_curvature(problem, generator):
    z = problem.sample(1, generator)
    v = torch.randn(1, 2, dtype=torch.float64, generator=generator)
    v = 0.8 * v / problem.metric.norm(z, v)[:, None]
    u = torch.tensor([0.3, 0.5], dtype=torch.float64)
    truth = parallel_transport(problem.metric, exp(problem.metric, z, v, n_segments=100, return_path=True), u)
    curve = exp(problem.metric, z, v, n_segments=8, return_path=True)
    found = parallel_transport(problem.metric, curve, u, method="pole-ladder")
    torch.testing.assert_close(found, truth, rtol=0, atol=1e-8)
