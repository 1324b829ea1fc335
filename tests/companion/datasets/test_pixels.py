"""Pictures decoded to pixels."""

import io
import re
import zlib

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


def test_hostile_pictures_are_refused_in_one_line(monkeypatch):
    """Bytes changed at random, in every format: a picture, or one line, and nothing else."""
    generator = np.random.default_rng(0)
    picture = Image.fromarray(generator.integers(0, 256, (16, 16, 3), dtype=np.uint8))
    for kind in ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP"):
        content = io.BytesIO()
        picture.save(content, kind)
        for _ in range(40):
            changed = np.frombuffer(content.getvalue(), np.uint8).copy()
            changed[generator.integers(0, min(len(changed), 80), 3)] = generator.integers(0, 256, 3)
            try:
                seen = str(pixels.decode_picture(changed.tobytes(), "it", crop=None, size=4).shape)
            except ValueError as refusal:
                seen = str(refusal)
            assert re.fullmatch(r"\(4, 4, 3\)|it: .+", seen)


def test_a_picture_that_asks_for_gigabytes_is_refused_before_it_is_decoded():
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    for side in (10_000, 60_000, 2**31 - 1):
        head = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
        body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
        with pytest.raises(ValueError, match="it: damaged or no picture"):
            pixels.decode_picture(b"\x89PNG\r\n\x1a\n" + body, "it", crop=None, size=4)


def test_formats_that_start_programs_are_no_pictures():
    with pytest.raises(ValueError, match="cannot identify image"):
        pixels.decode_picture(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "it", crop=None, size=4)


def test_a_file_of_gigabytes_is_no_picture(tmp_path):
    with (tmp_path / "it.png").open("wb") as file:
        file.truncate(1 << 33)
    with pytest.raises(ValueError, match="got 8589934592 bytes, expected a picture"):
        pixels.read_picture(tmp_path / "it.png")
