"""What every solver hands back: shapes, dtypes and status."""

import problems
import pytest
import torch
from pullback import geodesic


@pytest.mark.parametrize("solver", ["spline", "ode", "graph", "fixed-point", "shao-decoder"])
def test_shapes_and_dtypes_do_not_depend_on_the_solver(solver):
    z0, z1 = problems.SPHERE.sample_pairs(4, problems.generator(5))
    z0, z1 = z0.reshape(2, 2, 2), z1.reshape(2, 2, 2)
    z1[0, 0] = z0[0, 0]
    found = geodesic(problems.SPHERE.metric, z0, z1, n_segments=6, solver=solver, max_steps=5)
    assert found.curve.shape == (2, 2, 7, 2)
    for field in (found.length, found.converged, found.n_steps, found.residual):
        assert field.shape == (2, 2)
    assert found.curve.dtype == found.residual.dtype == torch.float64
    assert found.converged[0, 0]
    assert found.length[0, 0] == 0
