"""One's own pictures, from a folder."""

import numpy as np
import pytest
import torch
from archives import png
from companion import datasets
from PIL import Image


@pytest.fixture
def mine(own):
    """Seven pictures of cats and three of dogs, of several sizes and kinds."""
    for kind, n, red in (("cats", 7, 200), ("Dogs", 3, 50)):
        (own / "pictures" / kind / "more").mkdir(parents=True)
        for i in range(n):
            picture = np.full((40 + i, 90, 3), (red, 10 * i, 0), np.uint8)
            place = own / "pictures" / kind / ("more" if i % 2 else ".")
            (place / f"{i}.PNG").write_bytes(png(picture))
    (own / "pictures" / "cats" / "notes.txt").write_text("no picture")
    (own / "pictures" / "cats" / ".hidden.png").write_bytes(b"no picture")
    return own / "pictures"


def test_folders_are_classes_and_every_fifth_picture_is_for_testing(mine):
    whole, train, test = (datasets.load("pictures", split) for split in ("all", "train", "test"))
    assert whole.images.shape == (10, 3, 64, 64)
    assert whole.labels.tolist() == [0] * 3 + [1] * 7
    assert torch.equal((whole.images[:, 0, 5, 5] * 255).round(), torch.tensor([50.0] * 3 + [200.0] * 7))
    assert (len(train), len(test)) == (9, 1)
    assert test.labels.tolist() == [1]
    assert not set(train.factors["picture"].tolist()) & set(test.factors["picture"].tolist())


def test_pictures_without_folders_have_one_class(own):
    (own / "pictures").mkdir()
    for i in range(5):
        Image.fromarray(np.full((64, 64), 9 * i, np.uint8)).save(own / "pictures" / f"{i}.jpg", quality=100)
    assert datasets.load("pictures", "all").labels.tolist() == [0] * 5
    assert len(datasets.load("pictures", "test")) == 1


def test_sixteen_bits_keep_their_brightness(own):
    (own / "pictures").mkdir()
    Image.fromarray(np.full((64, 64), 3000, np.uint16)).save(own / "pictures" / "dark.png")
    image = datasets.load("pictures", "all").images
    torch.testing.assert_close(image, torch.full_like(image, 3000 / 65535), atol=0.5 / 255, rtol=0)


def test_another_picture_is_another_set(mine):
    before = datasets.data_checksum("pictures")
    assert datasets.load("pictures", "all").sha256 == before
    (mine / "new.png").write_bytes(next(mine.rglob("2.PNG")).read_bytes())
    assert datasets.data_checksum("pictures") != before
    assert len(datasets.load("pictures", "all")) == 11


def test_what_cannot_be_loaded_is_named_and_never_to_be_deleted(own):
    with pytest.raises(FileNotFoundError, match=r"pictures is not in .*make a folder of that name"):
        datasets.load("pictures", "all")
    (own / "pictures").mkdir()
    with pytest.raises(ValueError, match="got no picture"):
        datasets.load("pictures", "all")
    (own / "pictures" / "one.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    with pytest.raises(ValueError, match=r"one\.png: damaged or no picture") as refusal:
        datasets.load("pictures", "all")
    assert "\n" not in str(refusal.value)
    assert "delete" not in str(refusal.value)
    (own / "pictures" / "one.png").write_bytes(png(np.zeros((64, 64, 3), np.uint8)))
    with pytest.raises(ValueError, match="got 1 pictures, expected 5 or more of a class"):
        datasets.load("pictures", "test")
