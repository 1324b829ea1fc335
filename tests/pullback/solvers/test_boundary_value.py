"""Geodesics as boundary value problems: what fails is reported."""

import problems
import pytest
import torch
from pullback import PullbackMetric, geodesic


def test_a_boundary_value_problem_that_fails_is_reported_and_not_replaced():
    """Few nodes allowed on a wild surface: the solver gives up, the curve is no straight line."""
    wild = PullbackMetric(lambda z: torch.cat([z, (9 * z).sin(), (7 * z.flip(-1)).cos()], dim=-1))
    z0, z1 = torch.tensor([[-1.0, -0.7]]).double(), torch.tensor([[0.9, 1.0]]).double()
    found = geodesic(wild, z0, z1, n_segments=16, solver="ode", max_nodes=20)
    line = torch.linspace(0, 1, 17, dtype=torch.float64)[:, None] * (z1 - z0) + z0
    assert not found.converged.any()
    assert not torch.allclose(found.curve[0], line, atol=1e-3)
    assert "1 of 1 curves did not converge" in found.message


@pytest.mark.parametrize(
    ("solver", "options", "message"),
    [
        ("ode", {"trace": True}, "trace: got True"),
        ("ode", {"max_steps": 0}, "max_steps: got 0"),
    ],
)
def test_bad_options_of_the_solvers_are_refused_by_name(solver, options, message):
    z0, z1 = problems.SPHERE.sample_pairs(2, problems.generator())
    with pytest.raises(ValueError) as refusal:
        geodesic(problems.SPHERE.metric, z0, z1, solver=solver, **options)
    assert message in str(refusal.value)
