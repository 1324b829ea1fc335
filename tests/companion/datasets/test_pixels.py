"""Pictures decoded to pixels."""

import io

import pytest
from archives import aligned_picture
from companion.datasets import pixels
from PIL import Image


def test_a_picture_that_is_no_picture_or_too_small_is_named():
    with pytest.raises(ValueError, match=r"x.jpg: damaged or no picture"):
        pixels.decode_picture(aligned_picture(0)[:500], "x.jpg", crop=148, size=64)
    with pytest.raises(ValueError, match="expected at least 200 pixels a side"):
        pixels.decode_picture(aligned_picture(0), "x.jpg", crop=200, size=64)


def test_what_is_transparent_becomes_white():
    content = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(content, "PNG")
    assert (pixels.decode_picture(content.getvalue(), "x.png", crop=None, size=8) == 255).all()
