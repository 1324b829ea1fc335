"""Kernels made from distances."""

import math

import pytest
import torch
from problems import normal
from pullback import spsd
from spsd_matrices import STAR


def distances(K):
    squares = K.diagonal(dim1=-2, dim2=-1)
    return (squares[..., :, None] + squares[..., None, :] - 2 * K).clamp_min(0).sqrt()


@pytest.mark.parametrize("gram", [lambda D: spsd.distance_preserving_gram(D, origin=3), spsd.centred_gram])
def test_the_kernel_keeps_all_distances(gram):
    """`eq-spsd-kernel`: k(X, X) + k(Y, Y) - 2 k(X, Y) = d^2(X, Y), for any origin and any d."""
    D = torch.stack([torch.cdist(p, p) ** 0.7 for p in normal(2, 9, 3)])
    torch.testing.assert_close(distances(gram(D)), D)
    torch.testing.assert_close(distances(gram(STAR)), STAR)


def test_the_kernel_is_the_inner_product_of_euclidean_points():
    """`eq-spsd-kernel` where the answer is known: <X - X0, Y - X0>."""
    X, Y, X0 = normal(6, 3), normal(5, 3, seed=1), normal(1, 3, seed=2)
    K = spsd.distance_preserving_kernel(torch.cdist(X, Y), torch.cdist(X, X0)[:, 0], torch.cdist(Y, X0)[:, 0])
    torch.testing.assert_close(K, (X - X0) @ (Y - X0).mT)
    centred = X - X.mean(0)
    torch.testing.assert_close(spsd.centred_gram(torch.cdist(X, X)), centred @ centred.mT)


def test_the_exponential_kernel_does_not_keep_distances():
    D = torch.cdist(normal(9, 3), normal(9, 3)) * 3
    K = spsd.exponential_kernel(D, gamma=0.5)
    moved = distances(K)
    torch.testing.assert_close(moved**2, 2 - 2 * torch.exp(-(D**2) / 2))
    assert moved.max() <= math.sqrt(2)
    assert D.max() > 3 * math.sqrt(2)


def test_grams_of_batches_are_loops_and_inputs_stay():
    D = torch.stack([torch.cdist(p, p) for p in normal(3, 7, 4)])
    before = D.clone()
    for of in (
        spsd.centred_gram,
        lambda D: spsd.distance_preserving_gram(D, origin=1),
        lambda D: spsd.exponential_kernel(D, gamma=1),
        lambda D: spsd.positive_part(D),
        lambda D: spsd.dimensionality(spsd.centred_gram(D), share=0.9),
    ):
        torch.testing.assert_close(of(D), torch.stack([of(d) for d in D]))
    assert spsd.centred_gram(D.float()).dtype == torch.float32
    assert torch.equal(D, before)


EYE = torch.eye(3, dtype=torch.float64)
ONES = torch.ones(3, dtype=torch.float64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: spsd.distance_preserving_kernel(EYE, ONES[:2], ONES),
            r"x0: got shape \(2,\), expected \(3,\)",
        ),
        (
            lambda: spsd.distance_preserving_gram(EYE, origin=3),
            "origin: got 3, expected an integer from 0 to 2",
        ),
        (lambda: spsd.centred_gram(EYE.cumsum(0)), "D: got .* expected a symmetric matrix"),
        (lambda: spsd.exponential_kernel(EYE, gamma=0), "gamma: got 0, expected a positive number"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
