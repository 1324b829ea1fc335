"""The distance of Bonnabel and Sepulchre on matrices of one rank."""

import math

import pytest
import scipy.linalg
import torch
from pullback import spsd
from pullback.spsd.pairwise import tiles

distance, pairwise = spsd.bonnabel_sepulchre_distance, spsd.pairwise_bonnabel_sepulchre
SIZES = [(2, 1), (3, 2), (5, 2), (6, 3), (7, 5), (7, 6), (6, 6)]


def sample(count, n, r, *, seed=0, dtype=torch.float64, spread=1.0):
    """Matrices of rank r with random ranges and log-normal eigenvalues."""
    generator = torch.Generator().manual_seed(seed)
    Y = torch.linalg.qr(torch.randn(count, n, n, generator=generator, dtype=torch.float64))[0][..., :r]
    values = torch.exp(spread * torch.randn(count, 1, r, generator=generator, dtype=torch.float64))
    return ((Y * values) @ Y.mT).to(dtype)


def transcription(A, B, r, k):
    """The definition with SciPy, step by step: bases, principal vectors, matrix logarithm."""
    Y_A, Y_B = (scipy.linalg.eigh(S.numpy())[1][:, -r:] for S in (A, B))
    O_A, _, O_Bt = scipy.linalg.svd(Y_A.T @ Y_B)
    U_A, U_B = Y_A @ O_A, Y_B @ O_Bt.T
    root = scipy.linalg.inv(scipy.linalg.sqrtm(U_A.T @ A.numpy() @ U_A))
    log = scipy.linalg.logm(root @ U_B.T @ B.numpy() @ U_B @ root)
    angles = scipy.linalg.subspace_angles(Y_A, Y_B)
    return math.sqrt((angles**2).sum() + k * (log**2).sum())


@pytest.mark.parametrize(("n", "r"), SIZES)
def test_distances_are_those_of_the_definition_step_by_step(n, r):
    """`eq-spsd-distance`, where ranges are less than half of the space and where they are more."""
    A, B = sample(6, n, r), sample(6, n, r, seed=1)
    expected = [transcription(a, b, r, 0.3) for a, b in zip(A, B)]
    torch.testing.assert_close(distance(A, B, rank=r, k=0.3), A.new_tensor(expected), rtol=1e-9, atol=0)


@pytest.mark.parametrize("angle", [0.0, 1e-9, 0.01, 1.2, math.pi / 2 - 1e-6, math.pi / 2])
def test_rank_one_distance_is_the_angle_and_the_log_ratio(angle):
    """`eq-spsd-distance` for A = a u u^T and B = b v v^T: d^2 = angle^2 + k log^2(b / a)."""
    u = torch.tensor([1.0, 0, 0], dtype=torch.float64)
    v = torch.tensor([math.cos(angle), math.sin(angle), 0], dtype=torch.float64)
    A, B = 2 * torch.outer(u, u), 2 * math.exp(0.7) * torch.outer(v, v)
    assert float(distance(A, B, rank=1, k=4)) == pytest.approx(math.hypot(angle, 2 * 0.7), abs=1e-12)
    assert float(distance(A, 2 * torch.outer(v, v), rank=1)) == pytest.approx(angle, abs=3e-16, rel=1e-6)


def test_full_rank_distance_is_the_affine_invariant_one():
    X = sample(8, 5, 5)
    expected = spsd.pairwise_affine_invariant(X)
    torch.testing.assert_close(pairwise(X, rank=5, k=9), 3 * expected)


def test_equal_ranges_leave_the_affine_invariant_distance_within_them():
    X = sample(5, 4, 4)
    Y = torch.linalg.qr(sample(1, 9, 9)[0])[0][:, :4]
    torch.testing.assert_close(pairwise(Y @ X @ Y.mT, rank=4), spsd.pairwise_affine_invariant(X))


@pytest.mark.parametrize(
    "angles", [(0.3, 0.9), (0.4, 0.4), (1e-7, 2e-7), (0.0, 1.1), (1e-3, math.pi / 2 - 1e-4)]
)
@pytest.mark.parametrize("n", [4, 5])
def test_tilted_ranges_are_as_far_as_their_principal_angles(angles, n):
    """`eq-spsd-distance` with equal spectra along the principal vectors: only the angles are left."""
    eye = torch.eye(n, dtype=torch.float64)
    c, s = torch.tensor(angles, dtype=torch.float64).cos(), torch.tensor(angles, dtype=torch.float64).sin()
    tilted = torch.stack([c[0] * eye[0] + s[0] * eye[2], c[1] * eye[1] + s[1] * eye[3]], -1)
    values = torch.tensor([3.0, 0.5], dtype=torch.float64)
    A, B = (eye[:, :2] * values) @ eye[:2], (tilted * values) @ tilted.mT
    between, within = spsd.bonnabel_sepulchre_parts(A, B, rank=2)
    assert float(between.sqrt()) == pytest.approx(math.hypot(*angles), rel=1e-7)
    assert float(within.sqrt()) < 1e-10


def test_wide_spectra_keep_their_digits():
    """Eigenvalues over eleven orders of magnitude: a product of two would have none left."""
    a = 10.0 ** -torch.arange(0, 12, 2.2, dtype=torch.float64)
    A, B = torch.diag(a), torch.diag(a.flip(0))
    expected = torch.linalg.vector_norm((a / a.flip(0)).log())
    torch.testing.assert_close(distance(A, B, rank=6), expected, rtol=1e-10, atol=0)


def test_the_distance_breaks_the_triangle_inequality():
    """A documented defect of `eq-spsd-distance`: it is the length of a curve, not of the shortest.

    A plane carried around a circle of normals turns within itself by the solid angle, here a quarter turn. An
    ellipse that rides along swaps its axes on the way, at the price of the angles alone; straight there,
    between two ellipses in one plane, costs the whole logarithm.
    """
    count, log_ratio = 120, 8.0
    cosine = 3 / 4
    turn = torch.linspace(0, 2 * math.pi, count + 1, dtype=torch.float64)
    normals = torch.stack(
        [math.sqrt(1 - cosine**2) * turn.cos(), math.sqrt(1 - cosine**2) * turn.sin(), 0 * turn + cosine], -1
    )
    frame = torch.linalg.svd(normals[:1])[2][1:].T
    points = []
    for here, there in zip(normals, [*normals[1:], None]):
        points.append((frame * torch.tensor([math.exp(log_ratio), 1.0], dtype=torch.float64)) @ frame.T)
        if there is not None:
            middle = here + there
            frame = (
                frame
                - torch.outer(middle, middle @ frame) / (1 + here @ there)
                + 2 * torch.outer(there, here @ frame)
            )
    D = pairwise(torch.stack(points), rank=2)
    around = D.diagonal(1).sum()
    assert float(around) == pytest.approx(2 * math.pi * math.sqrt(1 - cosine**2), rel=1e-3)
    assert float(D[0, -1]) == pytest.approx(math.sqrt(2) * log_ratio, rel=1e-6)
    assert (D[:, None, :] - D[:, :, None] - D[None]).max() > 0.05


@pytest.mark.parametrize(("n", "r"), SIZES)
def test_all_pairs_are_the_single_pairs(n, r):
    X, Y = sample(5, n, r), sample(4, n, r, seed=1)
    D = pairwise(X, Y, rank=r, k=2)
    torch.testing.assert_close(D, distance(X[:, None], Y[None], rank=r, k=2), rtol=1e-10, atol=0)
    within = pairwise(X, rank=r)
    assert torch.equal(within, within.mT)
    assert within.diagonal().abs().max() == 0
    torch.testing.assert_close(
        within + torch.eye(5), pairwise(X, X.clone(), rank=r) + torch.eye(5), atol=1e-6, rtol=0
    )


def test_batches_are_loops_and_pieces_do_not_show(monkeypatch):
    X = sample(12, 5, 3).reshape(2, 6, 5, 5)
    D = pairwise(X, rank=3)
    torch.testing.assert_close(D, torch.stack([pairwise(x, rank=3) for x in X]))
    monkeypatch.setattr("pullback.spsd.pairwise.NUMBERS", 1)
    monkeypatch.setattr("pullback.spsd.pairwise.FEWEST", 4)
    torch.testing.assert_close(pairwise(X, rank=3), D)
    assert distance(X[:1, 0], X[:1, 1], rank=3).shape == (1,)
    assert pairwise(X[:, :1], rank=3).tolist() == [[[0.0]], [[0.0]]]


def test_a_matrix_is_at_no_distance_from_itself():
    for n, r in SIZES:
        A = sample(4, n, r)
        assert distance(A, A.clone(), rank=r).max() < 1e-12


def test_float32_stays_float32_and_agrees():
    A, B = sample(9, 6, 3), sample(9, 6, 3, seed=1)
    D = distance(A.float(), B.float(), rank=3)
    assert D.dtype == torch.float32
    torch.testing.assert_close(D.double(), distance(A, B, rank=3), rtol=1e-3, atol=0)


def test_inputs_are_not_changed():
    A, B = sample(3, 5, 3), sample(3, 5, 3, seed=1)
    before = A.clone(), B.clone()
    pairwise(A, B, rank=3)
    assert torch.equal(A, before[0])
    assert torch.equal(B, before[1])


def test_a_point_of_another_stratum_is_refused_by_name():
    X = sample(4, 5, 3)
    X[2] = sample(1, 5, 2)[0]
    message = r"X\[2\]: got rank 2 at rtol .*, expected rank 3; so at 1 of 4 matrices"
    with pytest.raises(ValueError, match=message):
        pairwise(X, rank=3)


def test_the_rank_is_that_at_the_tolerance_given():
    A = torch.diag(torch.tensor([1.0, 1e-4, 1e-13], dtype=torch.float64))
    assert distance(A, A, rank=2, rtol=1e-12) < 1e-12
    with pytest.raises(ValueError, match=r"A: got rank 3 at rtol 6.66e-16, expected rank 2"):
        distance(A, A, rank=2)


def test_ranges_at_a_right_angle_are_refused_from_rank_two_on():
    eye = torch.eye(4, dtype=torch.float64)
    A, B = torch.diag(eye[0] + eye[1]), torch.diag(eye[1] + eye[2])
    with pytest.raises(ValueError, match="A, B: got ranges with a right angle"):
        distance(A, B, rank=2)
    with pytest.raises(ValueError, match=r"X\[..., 0\], X\[..., 2\]: got ranges with a right angle"):
        pairwise(torch.stack([A, A, B]), rank=2)
    A, B = torch.diag(1 - eye[0]), torch.diag(1 - eye[1])
    with pytest.raises(ValueError, match="right angle"):
        distance(A, B, rank=3)


def test_the_product_distance_adds_squares():
    covariances = spsd.mode_covariances(
        torch.randn(6, 2, 3, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    )
    ranks, weights = (2, 3, 5), (1.0, 2.0, 0.5)
    D = spsd.pairwise_on_stratum(covariances, ranks=ranks, k=2, weights=weights)
    parts = [w * pairwise(S, rank=r, k=2) ** 2 for S, r, w in zip(covariances, ranks, weights)]
    torch.testing.assert_close(D**2, sum(parts))
    rows = [S[:2] for S in covariances]
    cross = spsd.pairwise_on_stratum(rows, covariances, ranks=ranks, k=2, weights=weights)
    torch.testing.assert_close(cross[:, 2:], D[:2, 2:])


A = sample(2, 3, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: distance(A, A, rank=4), "rank: got 4, expected an integer from 1 to 3"),
        (lambda: distance(A, A, rank=2, k=0.0), "k: got 0.0, expected a positive number"),
        (lambda: distance(A, A, rank=2, rtol=-1.0), "rtol: got -1.0, expected a positive number"),
        (lambda: distance(A, A.float(), rank=2, rtol=1e-5), "B: got dtype float32, expected float64"),
        (
            lambda: distance(A, sample(2, 4, 2), rank=2),
            r"B: got shape \(2, 4, 4\), expected \(\*batch, 3, 3\)",
        ),
        (lambda: distance(A, sample(3, 3, 2), rank=2), r"B: got shape .* broadcasts with \(2, 3, 3\)"),
        (lambda: distance(-A, A, rank=2), r"A\[0\]: got eigenvalue -.*expected a positive semidefinite"),
        (lambda: pairwise(A[0], rank=2), r"X: got shape \(3, 3\), expected \(\*batch, N, n, n\)"),
        (lambda: pairwise(A, A[None], rank=2), r"Y: got shape \(1, 2, 3, 3\), expected the batch \(\) of X"),
        (lambda: spsd.pairwise_on_stratum([A], ranks=(2, 2)), "ranks: got 2 for 1 in X and 1 in Y"),
        (lambda: spsd.product_distance([]), "distances: got 0 and 0 weights"),
        (
            lambda: spsd.product_distance([A, A[0]]),
            r"distances\[1\]: got shape \(3, 3\), expected \(2, 3, 3\)",
        ),
        (lambda: spsd.product_distance([A], weights=[-1]), "weights: got -1, expected a positive number"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("N", "M", "size"), [(7, 5, 3), (7, 5, 12), (7, 5, 100), (6, None, 4), (6, None, 50)]
)
def test_tiles_hold_every_pair_once(N, M, size):
    seen = torch.zeros(N, M or N)
    for i, j in tiles(N, M, size):
        seen[i, j] += 1
        assert (i.stop - i.start) * (j.stop - j.start) <= max(size, N if M is None else M)
    assert torch.equal(seen.triu(1), torch.ones_like(seen).triu(1)) if M is None else (seen == 1).all()


@pytest.mark.parametrize(("n", "r"), SIZES)
def test_distances_in_many_small_tiles_are_those_of_the_pairs_one_by_one(n, r, monkeypatch):
    monkeypatch.setattr("pullback.spsd.pairwise.NUMBERS", 1)
    monkeypatch.setattr("pullback.spsd.pairwise.FEWEST", 5)
    X = torch.stack([sample(4, n, r), sample(4, n, r, seed=1)])
    Y = torch.stack([sample(3, n, r, seed=2), sample(3, n, r, seed=3)])
    expected = distance(X[:, :, None], Y[:, None], rank=r)
    torch.testing.assert_close(pairwise(X, Y, rank=r), expected, rtol=1e-9, atol=0)
    bures = spsd.bures_wasserstein_distance(X[:, :, None], Y[:, None])
    torch.testing.assert_close(spsd.pairwise_bures_wasserstein(X, Y), bures, rtol=1e-9, atol=1e-9)
    within = pairwise(X, rank=r)
    assert torch.equal(within, within.mT)
    full = distance(X[:, :, None], X[:, None], rank=r)
    torch.testing.assert_close(within, full, rtol=1e-9, atol=1e-7)


def test_a_right_angle_is_named_by_its_place_among_all_pairs(monkeypatch):
    monkeypatch.setattr("pullback.spsd.pairwise.NUMBERS", 1)
    monkeypatch.setattr("pullback.spsd.pairwise.FEWEST", 2)
    X = sample(5, 4, 2)
    Y = sample(3, 4, 2, seed=1)
    kernel = torch.linalg.eigh(X[3]).eigenvectors[:, :2]
    Y[2] = kernel @ kernel.mT
    with pytest.raises(ValueError, match=r"X\[..., 3\], Y\[..., 2\]: got ranges with a right angle"):
        pairwise(X, Y, rank=2)
