"""Pictures decoded to pixels."""

import io

import numpy as np
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


@pytest.mark.parametrize("value", [0, 1, 255, 256, 3000, 40000, 65535])
def test_a_grey_picture_of_sixteen_bits_keeps_its_brightness(value):
    stream = io.BytesIO()
    Image.fromarray(np.full((8, 8), value, np.uint16)).save(stream, "png")
    found = pixels.decode_picture(stream.getvalue(), "a.png", crop=None, size=8, mode="L")
    assert np.abs(found / 255 - value / 65535).max() <= 1 / 510


def test_a_picture_of_floats_or_of_negative_numbers_is_refused():
    for values in (np.full((8, 8), 0.5, np.float32), np.full((8, 8), -3, np.int32)):
        stream = io.BytesIO()
        Image.fromarray(values).save(stream, "tiff")
        with pytest.raises(ValueError, match=r"a.tif: .*expected"):
            pixels.decode_picture(stream.getvalue(), "a.tif", crop=None, size=8, mode="L")
