"""Distances of pairs and of sets."""

import problems
import pytest
import torch
from pullback import distance, distance_matrix, geodesic

SPHERE = problems.SPHERE


def points(n, seed=0):
    return SPHERE.sample(n, problems.generator(seed))


def test_the_distance_is_the_length_of_the_geodesic():
    z0, z1 = points(5), points(5, 1)
    assert torch.equal(distance(SPHERE.metric, z0, z1), geodesic(SPHERE.metric, z0, z1).length)
    assert distance(SPHERE.metric, z0[0], z1[0]).shape == ()


def test_the_matrix_holds_the_distance_in_closed_form():
    Z = points(7)
    D = distance_matrix(SPHERE.metric, Z, n_segments=64)
    exact = SPHERE.distance(Z[:, None], Z[None])
    assert torch.allclose(D, exact, rtol=3e-4, atol=1e-7)


def test_the_matrix_of_one_set_is_symmetric_with_zero_diagonal():
    D = distance_matrix(SPHERE.metric, points(6))
    assert torch.equal(D, D.T)
    assert (D.diagonal() == 0).all()
    assert (D[~torch.eye(6, dtype=torch.bool)] > 0).all()


def test_the_matrix_of_two_sets_agrees_with_single_pairs():
    Z, Z2 = points(4), points(3, 1)
    D = distance_matrix(SPHERE.metric, Z, Z2)
    assert D.shape == (4, 3)
    assert torch.allclose(D[2, 1], distance(SPHERE.metric, Z[2], Z2[1]))
    assert torch.allclose(D, distance_matrix(SPHERE.metric, Z2, Z).T, rtol=1e-6)


@pytest.mark.parametrize("chunk", [1, 4, 1000])
def test_the_chunk_does_not_change_the_result(chunk):
    Z = points(5)
    expected = distance_matrix(SPHERE.metric, Z)
    assert torch.allclose(distance_matrix(SPHERE.metric, Z, chunk=chunk), expected, rtol=1e-10)


@pytest.mark.parametrize(("n", "m"), [(0, None), (1, None), (0, 3), (3, 0)])
def test_empty_sets_and_single_points_have_their_shapes(n, m):
    Z2 = None if m is None else points(m, 1)
    result = distance_matrix(SPHERE.metric, points(n), Z2, return_result=True)
    assert result.distances.shape == (n, n if m is None else m)
    assert (result.distances == 0).all()
    assert result.converged.all()


def test_unconverged_pairs_are_counted_in_a_warning_and_marked_in_the_result():
    Z = points(5)
    with pytest.warns(UserWarning, match="20 of 25 geodesics did not converge"):
        result = distance_matrix(SPHERE.metric, Z, return_result=True, max_steps=0, starts="line")
    assert torch.equal(result.converged, torch.eye(5, dtype=torch.bool))
    assert (result.residual[~result.converged] > 1e-6).all()
    assert result.solver == "gauss-newton"
    with pytest.warns(UserWarning, match="3 of 3 geodesics did not converge"):
        distance(SPHERE.metric, Z[:3], Z[2:], max_steps=0, starts="line")


def test_a_converged_matrix_tells_steps_and_residuals():
    result = distance_matrix(SPHERE.metric, points(4), return_result=True)
    assert result.converged.all()
    assert (result.residual <= 1e-6).all()
    assert result.n_steps.dtype == torch.long
    assert torch.equal(result.n_steps, result.n_steps.T)


def test_progress_is_shown_only_when_asked_for(capsys):
    distance_matrix(SPHERE.metric, points(4))
    assert capsys.readouterr().err == ""
    distance_matrix(SPHERE.metric, points(4), progress=True)
    assert "6/6" in capsys.readouterr().err


def test_bad_sets_are_refused_by_name():
    Z = points(4)
    with pytest.raises(ValueError, match=r"Z: got shape \(2,\)"):
        distance_matrix(SPHERE.metric, Z[0])
    with pytest.raises(ValueError, match=r"Z2: got shape \(4, 1\)"):
        distance_matrix(SPHERE.metric, Z, Z[:, :1])
    with pytest.raises(ValueError, match="chunk: got 0"):
        distance_matrix(SPHERE.metric, Z, chunk=0)
    with pytest.raises(ValueError, match="NaN"):
        distance_matrix(SPHERE.metric, Z * torch.nan)
