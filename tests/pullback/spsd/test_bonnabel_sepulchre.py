"""The distance of Bonnabel and Sepulchre on matrices of one rank."""

import math

import pytest
import scipy.linalg
import torch
from pullback import spsd
from spsd_matrices import SIZES, of_rank

distance, pairwise = spsd.bonnabel_sepulchre_distance, spsd.pairwise_bonnabel_sepulchre


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
    A, B = of_rank(6, n, r), of_rank(6, n, r, seed=1)
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
    X = of_rank(8, 5, 5)
    expected = spsd.pairwise_affine_invariant(X)
    torch.testing.assert_close(pairwise(X, rank=5, k=9), 3 * expected)


def test_equal_ranges_leave_the_affine_invariant_distance_within_them():
    X = of_rank(5, 4, 4)
    Y = torch.linalg.qr(of_rank(1, 9, 9)[0])[0][:, :4]
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
    X, Y = of_rank(5, n, r), of_rank(4, n, r, seed=1)
    D = pairwise(X, Y, rank=r, k=2)
    torch.testing.assert_close(D, distance(X[:, None], Y[None], rank=r, k=2), rtol=1e-10, atol=0)
    within = pairwise(X, rank=r)
    assert torch.equal(within, within.mT)
    assert within.diagonal().abs().max() == 0
    torch.testing.assert_close(
        within + torch.eye(5), pairwise(X, X.clone(), rank=r) + torch.eye(5), atol=1e-6, rtol=0
    )


def test_a_matrix_is_at_no_distance_from_itself():
    for n, r in SIZES:
        A = of_rank(4, n, r)
        assert distance(A, A.clone(), rank=r).max() < 1e-12


def test_float32_stays_float32_and_agrees():
    A, B = of_rank(9, 6, 3), of_rank(9, 6, 3, seed=1)
    D = distance(A.float(), B.float(), rank=3)
    assert D.dtype == torch.float32
    torch.testing.assert_close(D.double(), distance(A, B, rank=3), rtol=1e-3, atol=0)


def test_inputs_are_not_changed():
    A, B = of_rank(3, 5, 3), of_rank(3, 5, 3, seed=1)
    before = A.clone(), B.clone()
    pairwise(A, B, rank=3)
    assert torch.equal(A, before[0])
    assert torch.equal(B, before[1])


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


A = of_rank(2, 3, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: distance(A, A, rank=2, k=0.0), "k: got 0.0, expected a positive number"),
        (lambda: distance(A, A.float(), rank=2, rtol=1e-5), "B: got dtype float32, expected float64"),
        (
            lambda: distance(A, of_rank(2, 4, 2), rank=2),
            r"B: got shape \(2, 4, 4\), expected \(\*batch, 3, 3\)",
        ),
        (lambda: distance(A, of_rank(3, 3, 2), rank=2), r"B: got shape .* broadcasts with \(2, 3, 3\)"),
        (lambda: pairwise(A[0], rank=2), r"X: got shape \(3, 3\), expected \(\*batch, N, n, n\)"),
        (lambda: pairwise(A, A[None], rank=2), r"Y: got shape \(1, 2, 3, 3\), expected the batch \(\) of X"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_right_angle_is_named_by_its_place_among_all_pairs(monkeypatch):
    monkeypatch.setattr("pullback.spsd.pairwise.NUMBERS", 1)
    monkeypatch.setattr("pullback.spsd.pairwise.FEWEST", 2)
    X = of_rank(5, 4, 2)
    Y = of_rank(3, 4, 2, seed=1)
    kernel = torch.linalg.eigh(X[3]).eigenvectors[:, :2]
    Y[2] = kernel @ kernel.mT
    with pytest.raises(ValueError, match=r"X\[..., 3\], Y\[..., 2\]: got ranges with a right angle"):
        pairwise(X, Y, rank=2)
