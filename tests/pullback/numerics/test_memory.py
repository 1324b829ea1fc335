"""A device that is too small for what it is given: smaller parts, the same numbers, and a word about it."""

import inspect
import warnings

import pytest
import torch
from pullback import PullbackMetric, distance_matrix, geodesic, surfaces
from pullback.numerics.memory import halving_on_shortage


def small_device(room, seen):
    """A sphere on a device that holds the tensors of no more than `room` points."""

    def immersion(z):
        n = z.reshape(-1, z.shape[-1]).shape[0]
        if n > room:
            raise torch.OutOfMemoryError(f"no room for {n} points")
        seen.append(n)
        return surfaces.SPHERE.immersion(z)

    return PullbackMetric(immersion)


@pytest.fixture
def ends():
    draw = torch.Generator().manual_seed(0)
    return 0.5 + torch.rand(2, 40, 2, generator=draw, dtype=torch.float64)


def test_geodesics_that_do_not_fit_are_solved_in_smaller_parts_with_the_same_result(ends):
    whole = geodesic(PullbackMetric(surfaces.SPHERE.immersion), *ends, n_segments=16, starts="line")
    seen = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        parts = geodesic(small_device(300, seen), *ends, n_segments=16, starts="line")
    assert "no room in memory for 40 at once, going on with 20" in str(caught[0].message)
    assert seen
    assert max(seen) <= 300
    assert parts.converged.all()
    torch.testing.assert_close(parts.curve, whole.curve, rtol=0, atol=1e-9)
    torch.testing.assert_close(parts.length, whole.length, rtol=1e-12, atol=0)
    assert (parts.n_steps == whole.n_steps).all()


def test_a_matrix_of_distances_does_not_notice(ends):
    points, seen = ends[0, :8], []
    known = surfaces.SPHERE.distance(points[:, None], points)
    with pytest.warns(RuntimeWarning, match="no room"):
        measured = distance_matrix(small_device(300, seen), points, n_segments=16, starts="line")
    torch.testing.assert_close(measured, known, rtol=1e-2, atol=1e-9)


def test_the_order_of_the_indices_survives_uneven_halves():
    def work(indices):
        if len(indices) > 2:
            raise torch.OutOfMemoryError("no room")
        return indices

    def solve():
        return halving_on_shortage(work, torch.arange(23).split(9))

    solved_at = inspect.currentframe().f_lineno + 2
    with pytest.warns(RuntimeWarning, match="no room") as told:
        parts = solve()
    # Who called the function that asked for the work is the one to tell.
    assert {(warning.filename, warning.lineno) for warning in told} == {(__file__, solved_at)}
    assert torch.cat(parts).tolist() == list(range(23))
    assert max(map(len, parts)) <= 2


def test_a_single_one_that_does_not_fit_is_an_error_and_others_are_not_caught():
    def too_large(_):
        raise torch.OutOfMemoryError("no room at all")

    def wrong(_):
        raise ValueError("not about memory")

    with pytest.warns(RuntimeWarning), pytest.raises(torch.OutOfMemoryError, match="no room at all"):
        halving_on_shortage(too_large, [torch.arange(4)])
    with pytest.raises(ValueError, match="not about memory"):
        halving_on_shortage(wrong, [torch.arange(4)])
