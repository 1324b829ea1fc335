"""Kernels from distances, the space that they span, and angles in it."""

import math

import pytest
import torch
from pullback import spsd


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def distances(K):
    squares = K.diagonal(dim1=-2, dim2=-1)
    return (squares[..., :, None] + squares[..., None, :] - 2 * K).clamp_min(0).sqrt()


STAR = torch.tensor([[0, 1, 1, 1], [1, 0, 2, 2], [1, 2, 0, 2], [1, 2, 2, 0]], dtype=torch.float64)


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


def test_the_embedding_puts_points_at_their_distances_principal_axes_first():
    X = normal(8, 3) * torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64)
    K = spsd.centred_gram(torch.cdist(X, X))
    Phi = spsd.embed(K, dimension=3)
    torch.testing.assert_close(torch.cdist(Phi, Phi), torch.cdist(X, X))
    spread = Phi.square().sum(0)
    assert (spread.diff() < 0).all()
    torch.testing.assert_close(spsd.embed(K) @ spsd.embed(K).mT, K, atol=1e-10, rtol=0)


def test_the_exponential_kernel_does_not_keep_distances():
    D = torch.cdist(normal(9, 3), normal(9, 3)) * 3
    K = spsd.exponential_kernel(D, gamma=0.5)
    moved = distances(K)
    torch.testing.assert_close(moved**2, 2 - 2 * torch.exp(-(D**2) / 2))
    assert moved.max() <= math.sqrt(2)
    assert D.max() > 3 * math.sqrt(2)


def test_distances_that_fit_in_no_hilbert_space_show_as_a_negative_share():
    """Three leaves at 2 of one another cannot all be at 1 of one point."""
    K = spsd.centred_gram(STAR)
    assert float(spsd.gram_spectrum(K)[-1]) == pytest.approx(-1 / 4)
    assert float(spsd.negative_share(K)) == pytest.approx(0.25 / (0.25 + 2 + 2))
    with pytest.raises(ValueError, match=r"K: got eigenvalue -0.25 beside 2, expected none below 0"):
        spsd.embed(K)
    repaired = spsd.positive_part(K)
    assert float(spsd.negative_share(repaired)) < 1e-15
    assert spsd.embed(repaired).shape == (4, 4)


def test_log_euclidean_distances_fit_in_a_hilbert_space():
    F = normal(30, 4, 9)
    K = spsd.centred_gram(spsd.pairwise_log_euclidean(F @ F.mT))
    assert float(spsd.negative_share(K)) < 1e-12
    assert int(spsd.numerical_dimensionality(K)) == 10


def test_a_strata_distance_need_not_fit_in_a_hilbert_space():
    """Rank-one matrices with one eigenvalue: lines through the origin with their angle as distance."""
    F = normal(40, 3, 1)
    X = F @ F.mT / F.square().sum(1, keepdim=True)
    K = spsd.centred_gram(spsd.pairwise_bonnabel_sepulchre(X, rank=1))
    assert float(spsd.negative_share(K)) > 0.01


def test_dimensionality_counts_the_eigenvalues_that_carry_a_share():
    O = torch.linalg.qr(normal(5, 5))[0]
    K = (O * torch.tensor([90.0, 5.0, 4.0, 1.0, 0.0], dtype=torch.float64)) @ O.mT
    assert [int(spsd.dimensionality(K, share=share)) for share in (0.5, 0.95, 0.99, 0.995)] == [1, 2, 3, 4]
    assert int(spsd.numerical_dimensionality(K)) == 4
    assert int(spsd.numerical_dimensionality(K, rtol=0.03)) == 3


def test_points_of_a_plane_have_dimensionality_two():
    X = normal(20, 2) @ normal(2, 50, seed=1)
    K = spsd.distance_preserving_gram(torch.cdist(X, X), origin=0)
    assert int(spsd.numerical_dimensionality(K)) == 2
    assert int(spsd.dimensionality(K, share=0.999)) == 2


@pytest.mark.parametrize("angles", [(0.0, 0.0), (1e-10, 0.4), (0.3, math.pi / 2), (1e-5, 2e-5)])
def test_principal_angles_of_tilted_planes_are_the_tilts(angles):
    eye = torch.eye(5, dtype=torch.float64)
    t = torch.tensor(angles, dtype=torch.float64)
    tilted = eye[:, :2] * t.cos() + eye[:, 2:4] * t.sin()
    mixed = tilted @ normal(2, 2)
    found = spsd.principal_angles(eye[:, :2] @ normal(2, 2, seed=1), mixed)
    torch.testing.assert_close(found, t, rtol=1e-5, atol=1e-15)


def test_principal_angles_of_spaces_of_unequal_dimension():
    A, B = normal(3, 6, 2), normal(3, 6, 4, seed=1)
    found = spsd.principal_angles(A, B)
    assert found.shape == (3, 2)
    torch.testing.assert_close(found, spsd.principal_angles(B, A))
    torch.testing.assert_close(found[1], spsd.principal_angles(A[1], B[1]))
    assert spsd.principal_angles(A, torch.cat([A, B[..., :1]], -1)).max() < 1e-12


def test_a_sample_is_at_no_angle_from_itself_or_from_another_of_its_space():
    X = normal(12, 3) @ normal(3, 30, seed=1)
    Y = normal(9, 3, seed=2) @ normal(3, 30, seed=1)
    for other in (X, Y):
        angles = spsd.hilbert_principal_angles(X @ X.mT, other @ other.mT, X @ other.mT, dimension=3)
        assert angles.shape == (3,)
        assert angles.max() < 1e-6


def test_angles_in_the_hilbert_space_are_those_of_the_principal_subspaces():
    X, Y = normal(2, 15, 6), normal(2, 11, 6, seed=1)
    found = spsd.hilbert_principal_angles(X @ X.mT, Y @ Y.mT, X @ Y.mT, dimension=2)
    axes = [torch.linalg.svd(P)[2][:, :2].mT for P in (X, Y)]
    torch.testing.assert_close(found, spsd.principal_angles(*axes))


def test_a_sample_turned_out_of_its_plane_is_at_the_angle_of_the_turn():
    X = torch.cat([normal(10, 2), torch.zeros(10, 1, dtype=torch.float64)], -1)
    turned = torch.stack([X[:, 0], math.cos(0.4) * X[:, 1], math.sin(0.4) * X[:, 1]], -1)
    K_c, K_n, K_cn = X @ X.mT, turned @ turned.mT, X @ turned.mT
    angles = spsd.hilbert_principal_angles(K_c, K_n, K_cn, dimension=2)
    torch.testing.assert_close(angles, torch.tensor([0.0, 0.4], dtype=torch.float64), atol=1e-7, rtol=1e-9)


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
        (
            lambda: spsd.dimensionality(EYE, share=1.0),
            "share: got 1.0, expected a number above 0 and below 1",
        ),
        (lambda: spsd.dimensionality(-EYE, share=0.5), "K: got no positive eigenvalue"),
        (lambda: spsd.numerical_dimensionality(EYE, rtol=2.0), "rtol: got 2.0"),
        (lambda: spsd.negative_share(0 * EYE), "K: got a zero matrix"),
        (lambda: spsd.embed(EYE, dimension=4), "dimension: got 4, expected an integer from 1 to 3"),
        (lambda: spsd.principal_angles(EYE, EYE[:2, :2]), r"B: got \(2, 2\)"),
        (lambda: spsd.principal_angles(EYE[:2], EYE), "A: got shape .* expected no more columns than rows"),
        (lambda: spsd.principal_angles(EYE, torch.ones_like(EYE)), "B: got linearly dependent columns"),
        (
            lambda: spsd.hilbert_principal_angles(torch.diag(EYE[0]), EYE, EYE, dimension=2),
            "dimension: got 2, expected at most 1, the positive eigenvalues of K_c",
        ),
        (lambda: spsd.hilbert_principal_angles(EYE, EYE, EYE[:2], dimension=2), "K_cn: got shape"),
        (
            lambda: spsd.hilbert_principal_angles(EYE, EYE, 2 * EYE, dimension=2),
            "K_cn: got cosine 2, expected 1",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
