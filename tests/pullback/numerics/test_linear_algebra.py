"""Factors of metric matrices: what counts as singular, and derivatives that are right to the second order."""

import pytest
import torch
from problems import normal
from pullback.numerics.linear_algebra import cholesky, factor, normal_part, solve


def gram(n, d, *, seed=0):
    J = normal(n, d + 3, d, seed=seed)
    return J, J.mT @ J


def test_the_factor_is_that_of_the_matrix_and_solves_with_it():
    _, G = gram(7, 3)
    L, regular = factor(G)
    assert regular.all()
    torch.testing.assert_close(L @ L.mT, G)
    b = normal(7, 3, seed=1)
    torch.testing.assert_close((G @ solve(L, b)[..., None])[..., 0], b)


@pytest.mark.parametrize("scale", [1.0, 1e-8, 1e8])
def test_a_metric_whose_columns_coincide_up_to_rounding_is_singular_in_any_unit(scale):
    J = normal(3, 5, 2)
    J[1, :, 1] = J[1, :, 0]
    J[2, :, 1] = J[2, :, 0] * (1 + 1e-3)
    _, regular = factor(scale * J.mT @ J)
    assert regular.tolist() == [True, False, False]
    with pytest.raises(ValueError, match="metric: singular at 2 of 3 points, expected it positive definite"):
        cholesky(scale * J.mT @ J)


def test_a_column_that_vanishes_beside_the_longest_is_singular_and_a_short_one_is_not():
    squares = torch.tensor([[1.0, 1e-20], [1.0, 1e-40], [-1.0, 1.0]], dtype=torch.float64)
    assert factor(torch.diag_embed(squares))[1].tolist() == [True, False, False]


def test_the_normal_part_is_orthogonal_to_the_columns_even_where_they_are_nearly_parallel():
    J = normal(4, 6, 2)
    J[..., 1] = J[..., 0] + 1e-5 * J[..., 1]
    w = normal(4, 6, 3, seed=1)
    found = normal_part(J, cholesky(J.mT @ J), w)
    Q = torch.linalg.qr(J).Q
    torch.testing.assert_close(found, w - Q @ (Q.mT @ w), rtol=0, atol=1e-7)
    assert (Q.mT @ found).abs().max() < 1e-7


def test_second_derivatives_of_a_solve_are_right():
    """Those of `torch.linalg.solve` are not, in forward mode nested twice."""

    def energy(z):
        G = torch.diag_embed(2 + z.square()) + 0.3 * z[..., :, None] * z[..., None, :]
        b = z.sin()
        return (b * solve(cholesky(G), b)).sum()

    z, h = normal(3), 1e-4
    H = torch.func.jacfwd(torch.func.jacfwd(energy))(z)
    steps = h * torch.eye(3, dtype=z.dtype)
    gradient = torch.func.grad(energy)
    differences = torch.stack([(gradient(z + e) - gradient(z - e)) / (2 * h) for e in steps])
    torch.testing.assert_close(H, differences, rtol=1e-6, atol=1e-7)
