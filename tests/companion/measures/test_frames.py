"""Frames of a path: at equal distances, and how alike they are."""

import pytest
import torch
from companion.measures.frames import at_equal_distances, path_autocorrelation
from problems import SPHERE, generator, points
from pullback import PullbackMetric, curve_length


def test_frames_cut_the_length_into_equal_parts():
    curve = points((1.0, 0.0), (1.1, 0.1), (1.5, 0.1), (1.5, 1.5))
    frames = at_equal_distances(SPHERE.metric, curve, 9)
    assert torch.equal(frames[[0, -1]], curve[[0, -1]])
    fine = at_equal_distances(PullbackMetric(lambda z: z), curve, 9)
    gaps = fine.diff(dim=0).norm(dim=-1)
    total = curve_length(PullbackMetric(lambda z: z), curve)
    assert (gaps <= total / 8 + 1e-12).all()
    torch.testing.assert_close(gaps[-4:], torch.full((4,), total.item() / 8, dtype=torch.float64))


@pytest.mark.parametrize(
    ("curve", "n", "name"), [(torch.zeros(3, 2), 1, "n_frames"), (torch.zeros(1, 3, 2), 5, "curve")]
)
def test_frames_refuse_what_is_no_film(curve, n, name):
    with pytest.raises(ValueError, match=name):
        at_equal_distances(SPHERE.metric, curve, n)


def test_a_still_film_correlates_fully_and_an_inverted_image_not():
    """`eq-path-autocorrelation`."""
    image = torch.rand(1, 50, generator=generator(), dtype=torch.float64)
    film = torch.cat([image, image, 1 - image])
    torch.testing.assert_close(path_autocorrelation(film), torch.tensor([1.0, -1.0], dtype=torch.float64))
    assert path_autocorrelation(film, lag=2).item() == pytest.approx(-1)


def test_brightness_and_contrast_do_not_change_the_autocorrelation():
    film = torch.rand(2, 5, 50, generator=generator(), dtype=torch.float64)
    torch.testing.assert_close(path_autocorrelation(3 * film + 1), path_autocorrelation(film))
    with pytest.raises(ValueError, match="lag: got 5, expected 1 to 4"):
        path_autocorrelation(film, lag=5)
