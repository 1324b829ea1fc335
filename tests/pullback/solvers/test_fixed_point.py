"""The fixed point of the accelerations at a few knots."""

import problems
import pytest
from pullback import geodesic


def test_a_fixed_point_that_runs_out_of_iterations_is_reported():
    z0, z1 = problems.SPHERE.sample_pairs(4, problems.generator(7))
    found = geodesic(problems.SPHERE.metric, z0, z1, solver="fixed-point", max_steps=1, threshold=1e-8)
    assert not found.converged.any()
    assert (found.n_steps == 1).all()


def test_the_fixed_point_has_the_accelerations_of_a_geodesic_at_its_knots():
    """`eq-fixed-point`: with a tight threshold the discrete residual falls too."""
    z0, z1 = problems.SPHERE.sample_pairs(4, problems.generator(8))
    loose = geodesic(problems.SPHERE.metric, z0, z1, solver="fixed-point")
    tight = geodesic(problems.SPHERE.metric, z0, z1, solver="fixed-point", threshold=1e-10, n_knots=20)
    assert tight.converged.all()
    assert (tight.residual < loose.residual).all()
    assert tight.residual.max() < 5e-3


@pytest.mark.parametrize(
    ("solver", "options", "message"),
    [
        ("fixed-point", {"n_knots": 2}, "n_knots: got 2"),
        ("fixed-point", {"trace": True}, "trace: got True"),
    ],
)
def test_bad_options_of_the_solvers_are_refused_by_name(solver, options, message):
    z0, z1 = problems.SPHERE.sample_pairs(2, problems.generator())
    with pytest.raises(ValueError) as refusal:
        geodesic(problems.SPHERE.metric, z0, z1, solver=solver, **options)
    assert message in str(refusal.value)
