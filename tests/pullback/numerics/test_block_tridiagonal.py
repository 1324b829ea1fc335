"""Block-tridiagonal systems against dense solves."""

import pytest
import torch
from pullback.numerics import block_tridiagonal
from pullback.numerics.block_tridiagonal import solve_block_tridiagonal
from tridiagonal_systems import dense, systems


@pytest.fixture(params=["lapack", "torch"], autouse=True)
def way(request, monkeypatch):
    if request.param == "torch":
        monkeypatch.setattr(block_tridiagonal, "_suits_lapack", lambda *blocks: False)
    return request.param


@pytest.mark.parametrize("d", [1, 2, 3, 5])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 12])
def test_the_solution_is_that_of_the_dense_system(n, d, generator):
    diagonal, upper, rhs = systems(n, d, generator)
    x, definite = solve_block_tridiagonal(diagonal, upper, rhs)
    expected = torch.linalg.solve(dense(diagonal, upper), rhs.flatten(-2)).reshape(rhs.shape)
    assert definite.all()
    assert torch.allclose(x, expected, atol=1e-12)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_systems_that_are_not_positive_definite_are_told_apart(d, generator):
    diagonal, upper, rhs = systems(6, d, generator, batch=(40,))
    lowest = torch.linalg.eigvalsh(dense(diagonal, upper))[:, 0]
    shift = 2 * lowest.median() * torch.rand(40, dtype=torch.float64, generator=generator)
    shifted = diagonal - shift[:, None, None, None] * torch.eye(d, dtype=torch.float64)
    definite = solve_block_tridiagonal(shifted, upper, rhs)[1]
    assert 0 < (lowest > shift).sum() < 40
    assert torch.equal(definite, lowest > shift)


@pytest.mark.parametrize("d", [2, 20])
def test_a_system_that_is_not_positive_definite_leaves_the_others_alone(d, generator):
    diagonal, upper, rhs = systems(3, d, generator, batch=(6,))
    for bad, node in ((0, 0), (3, 2), (4, 1)):
        diagonal[bad, node, -1, -1] = -1
    x, definite = solve_block_tridiagonal(diagonal, upper, rhs)
    assert definite.tolist() == [False, True, True, False, False, True]
    expected = torch.linalg.solve(dense(diagonal, upper), rhs.flatten(-2)).reshape(rhs.shape)
    assert torch.allclose(x[definite], expected[definite], atol=1e-12)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_a_system_that_is_not_finite_leaves_the_others_alone(d, generator):
    diagonal, upper, rhs = systems(4, d, generator, batch=(5,))
    expected = solve_block_tridiagonal(diagonal, upper, rhs)[0]
    diagonal[1, -1] = torch.nan
    rhs[3, 0] = torch.inf
    x, definite = solve_block_tridiagonal(diagonal, upper, rhs)
    kept = [0, 2, 4]
    assert definite[kept].all()
    assert not definite[1]
    assert torch.allclose(x[kept], expected[kept], atol=1e-12)
    assert not x[3].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_type_and_shape_are_kept(dtype, generator):
    blocks = [block.to(dtype) for block in systems(4, 2, generator)]
    x, definite = solve_block_tridiagonal(*blocks)
    assert x.dtype == dtype
    assert x.shape == blocks[2].shape
    assert definite.shape == (3, 2)


def test_arguments_are_not_changed(generator):
    blocks = systems(5, 2, generator)
    before = [block.clone() for block in blocks]
    solve_block_tridiagonal(*blocks)
    assert all(torch.equal(a, b) for a, b in zip(before, blocks))


def test_blocks_that_do_not_belong_together_are_refused(generator):
    diagonal, upper, rhs = systems(5, 2, generator)
    with pytest.raises(ValueError, match="diagonal, upper, rhs: got shapes"):
        solve_block_tridiagonal(diagonal, upper[..., 1:, :, :], rhs)
