"""Block-tridiagonal systems as one banded matrix."""

import pytest
import torch
from pullback.numerics.banded import solve_banded
from tridiagonal_systems import dense, systems


@pytest.mark.parametrize(("n", "d"), [(1, 1), (1, 3), (5, 1), (4, 2), (3, 6)])
def test_systems_laid_end_to_end_are_solved_as_if_alone(n, d, generator):
    diagonal, upper, rhs = systems(n, d, generator, batch=(4,))
    x, definite = solve_banded(diagonal, upper, rhs)
    expected = torch.linalg.solve(dense(diagonal, upper), rhs.flatten(1)).reshape(4, n, d)
    assert definite.tolist() == [True] * 4
    torch.testing.assert_close(x, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("bad", [[0], [3], [1, 2], [0, 1, 2, 3]])
def test_the_systems_to_blame_are_found_one_after_the_other(bad, generator):
    diagonal, upper, rhs = systems(3, 2, generator, batch=(4,))
    expected = torch.linalg.solve(dense(diagonal, upper), rhs.flatten(1)).reshape(rhs.shape)
    diagonal[bad, 1] *= -1
    x, definite = solve_banded(diagonal, upper, rhs)
    assert (~definite).nonzero()[:, 0].tolist() == bad
    torch.testing.assert_close(x[definite], expected[definite], rtol=1e-10, atol=1e-12)


def test_entries_that_are_not_finite_are_not_answered(generator):
    diagonal, upper, rhs = systems(3, 2, generator, batch=(2,))
    rhs[0, 0, 0] = torch.inf
    assert solve_banded(diagonal, upper, rhs) is None
