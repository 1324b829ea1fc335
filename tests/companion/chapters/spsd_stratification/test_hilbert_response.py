"""Samples in the Hilbert space of their distances: angles and dimensions that are known."""

import pytest
import torch
from companion.chapters.spsd_stratification.hilbert_response import (
    code_variance,
    hilbert_response,
    log_covariances,
    rebuilt_distance_error,
)
from problems import normal
from pullback import spsd
from pullback.measures.rank_thresholds import spectra

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_log_covariances_hold_the_log_euclidean_distance_on_the_product():
    T = normal(5, 4, 4, 6)
    unit, shift = code_variance(T), 1e-3
    points = log_covariances(T, epsilon=shift)
    squares = [
        spsd.pairwise_log_euclidean(spsd.shift_spectrum(S, shift * unit)).square()
        for S in spsd.mode_covariances(T)
    ]
    torch.testing.assert_close(torch.cdist(points, points), sum(squares).sqrt(), atol=1e-6, rtol=1e-7)


def test_the_unit_of_the_shift_is_the_mean_eigenvalue_of_the_channels():
    T = normal(9, 7, 7, 12) * torch.arange(1.0, 13)
    assert code_variance(T) == pytest.approx(spectra(T).unit)


def test_an_undisturbed_sample_is_at_no_angle_and_a_distance_survives_its_kernel():
    points = normal(30, 40)
    response = hilbert_response(points, points.clone(), n_axes=5)
    assert response.angles.max() < 1e-3
    K = spsd.distance_preserving_gram(response.distances[:30, :30], origin=0)
    assert rebuilt_distance_error(response.distances[:30, :30], K) < 1e-9
    kernel = spsd.exponential_kernel(response.distances[:30, :30], gamma=0.01)
    assert rebuilt_distance_error(response.distances[:30, :30], kernel) > 0.5


def test_the_angle_and_the_dimension_of_a_sample_that_leaves_its_plane_are_known():
    plane = torch.cat([normal(40, 2), torch.zeros(40, 2, dtype=torch.float64)], -1)
    plane[0] = 0
    turned = torch.cat([torch.zeros_like(plane[:, :2]), plane[:, :2]], -1)
    assert hilbert_response(plane, turned, n_axes=2).angles.tolist() == pytest.approx([90.0, 90.0])
    spread = plane + torch.cat([torch.zeros_like(plane[:, :2]), normal(40, 2, seed=3)], -1)
    four = hilbert_response(plane, spread, n_axes=2, share=0.99)
    assert four.dimension == 4
    assert spsd.numerical_dimensionality(four.gram, rtol=1e-10) == 4
    assert hilbert_response(plane, 2 * plane, n_axes=2, share=0.99).dimension == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hilbert_response(normal(3, 2), normal(4, 2), n_axes=1), "disturbed: got shape"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
