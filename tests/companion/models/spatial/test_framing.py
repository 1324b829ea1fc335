"""Content stretched to a frame."""

import pytest
import torch
from companion.models.spatial.framing import reframe
from small_models import pictures


def test_content_that_fills_its_box_stays_and_the_box_is_where_it_should_be():
    x = torch.zeros(2, 1, 12, 12, dtype=torch.float64)
    x[0, 0, 2:10, 4:8] = pictures(8, 4) * 0.5 + 0.5
    x[1, 0, 0, 0] = 1.0
    torch.testing.assert_close(reframe(x, 8, 4)[0], x[0])
    spot = reframe(x, 4, 6)[1, 0]
    expected = torch.zeros(12, 12, dtype=torch.float64)
    expected[4:8, 3:9] = 1
    torch.testing.assert_close(spot, expected)


def test_stretched_content_touches_all_sides_and_keeps_its_mean():
    x = torch.zeros(1, 1, 20, 20, dtype=torch.float64)
    x[0, 0, 5:10, 6:12] = 0.3 + 0.05 * torch.arange(6)
    full = reframe(x, 20, 20)[0, 0]
    assert (full > 0.1).all()
    assert full.mean().item() == pytest.approx(x[0, 0, 5:10, 6:12].mean().item(), rel=1e-6)
    assert full[0, 0] < full[0, -1]


def test_an_empty_image_stays_empty():
    assert torch.equal(reframe(torch.zeros(2, 1, 8, 8), 8, 8), torch.zeros(2, 1, 8, 8))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: reframe(torch.zeros(1, 28, 28), 8, 8), "images: got shape"),
        (lambda: reframe(torch.zeros(1, 1, 28, 28), 29, 8), "height: got 29, expected an integer from 1"),
        (lambda: reframe(torch.zeros(1, 1, 28, 28), 8, 0), "width: got 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
