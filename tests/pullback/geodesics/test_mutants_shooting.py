"""What the mutation check found untested in shooting: in which metric, and where, a miss is measured."""

import torch
from problems import HALF_PLANE
from pullback import exp, log


def test_the_residual_of_a_logarithm_is_its_miss_at_the_end_over_its_length_at_the_start():
    """The scale of the half-plane differs tenfold between the ends: no other two metrics give the same."""
    metric = HALF_PLANE.metric
    z0 = torch.tensor([[0.0, 3.0]], dtype=torch.float64)
    z1 = torch.tensor([[0.5, 0.3]], dtype=torch.float64)
    found = log(metric, z0, z1, max_shots=1, n_segments=4, rtol=1e-10, return_result=True)
    assert not found.converged
    end = exp(metric, z0, found.velocity)
    expected = metric.norm(z1, z1 - end) / metric.norm(z0, found.velocity)
    torch.testing.assert_close(found.residual, expected, rtol=1e-4, atol=0)
