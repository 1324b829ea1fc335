"""Distances of samples of tensors."""

import pytest
import torch
from companion.chapters.spsd_stratification.distance_choice import distances_by_choice, sample_shape
from problems import normal
from pullback import spsd

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


def test_every_distance_is_that_of_its_own_function_and_another_stratum_is_refused():
    T = normal(6, 3, 3, 12)
    apart = distances_by_choice(T, ranks=(3, 3, 8), epsilon=1e-3)
    S = spsd.mode_covariances(T)
    squares = [spsd.bonnabel_sepulchre_distance(s[0], s[1], rank=r) ** 2 for s, r in zip(S, (3, 3, 8))]
    assert apart["Bonnabel-Sepulchre"][0, 1].item() == pytest.approx(sum(squares).sqrt().item())
    squares = [spsd.affine_invariant_distance(s[:1], s[1:2]).item() ** 2 for s in S[:2]]
    assert apart["affine-invariant, S1 and S2"][0, 1].item() == pytest.approx(sum(squares) ** 0.5)
    T[4, 1] = T[4, 0]
    with pytest.raises(ValueError, match=r"got rank 2 .*, expected rank 3"):
        distances_by_choice(T, ranks=(3, 3, 8), epsilon=1e-3)


def test_samples_of_a_plane_have_its_dimensions_and_the_angle_between_them():
    plane = torch.cat([normal(20, 2), torch.zeros(20, 2, dtype=torch.float64)], -1)
    plane[0] = 0
    points = torch.cat([plane, 2 * plane, plane.roll(2, -1)])
    found = sample_shape(torch.cdist(points, points), 20, n_axes=2)
    assert found.dimensions == (2, 2)
    assert found.angles == pytest.approx([0, 90], abs=1e-3)
    assert found.negative < 1e-6


def test_distances_that_no_flat_space_holds_show_it():
    angles = torch.linspace(0, 2 * torch.pi, 13, dtype=torch.float64)[:-1]
    around = (angles[:, None] - angles).abs()
    assert sample_shape(torch.minimum(around, 2 * torch.pi - around), 6, n_axes=2).negative > 0.05
    with pytest.raises(ValueError, match="D: got 12 points, expected a multiple of 5"):
        sample_shape(around, 5, n_axes=2)
