"""Multi-PIE, read from the names of its files."""

import numpy as np
import pytest
import torch
from archives import png
from companion import datasets
from companion.datasets.folders import multipie


@pytest.fixture
def tiny_multipie(own):
    """Six subjects, two cameras and two lights in the folders of the licensed copy; 64 x 48 pixels."""
    for i, subject in enumerate((1, 2, 5, 20, 300, 346)):
        for camera in (51, 140):
            for light in (0, 6):
                picture = np.full((48, 64, 3), 255, np.uint8)
                picture[:, 8:56] = (40 * i, camera, light)
                place = (
                    own / "multipie" / "session01" / "multiview" / f"{subject:03d}" / "01" / f"{camera:03d}"
                )
                place.mkdir(parents=True, exist_ok=True)
                (place / f"{subject:03d}_01_02_{camera:03d}_{light:02d}.png").write_bytes(png(picture))
    (own / "multipie" / "readme.png").write_bytes(b"no picture")
    return own / "multipie"


def test_multipie_is_read_from_the_names_of_its_files(tiny_multipie):
    data = datasets.load("multipie", "all")
    assert data.images.shape == (24, 3, 64, 64)
    assert {name: values.unique().tolist() for name, values in data.factors.items()} == {
        "subject": [1, 2, 5, 20, 300, 346],
        "session": [1],
        "recording": [2],
        "camera": [51, 140],
        "light": [0, 6],
    }
    colours = (data.images[:, :, 20, 20] * 255).round().long()
    assert torch.equal(colours[:, 0], 40 * data.labels)
    assert torch.equal(colours[:, 1], data.factors["camera"])
    assert torch.equal(colours[:, 2], data.factors["light"])


def test_multipie_keeps_the_middle_square(tiny_multipie):
    images = datasets.load("multipie", "all").images
    assert (images[:, 1:, :, 0] < 1).all()
    assert (images[:, 1:, :, -1] < 1).all()


def test_multipie_is_split_by_subject(tiny_multipie):
    assert datasets.load("multipie", "test").factors["subject"].unique().tolist() == [300]
    assert datasets.load("multipie", "train").factors["subject"].unique().tolist() == [1, 2, 5, 20, 346]


def test_more_pictures_are_another_multipie(tiny_multipie):
    before = datasets.data_checksum("multipie")
    assert datasets.load("multipie", "train").sha256 == before
    one = next(iter(tiny_multipie.rglob("001_*.png")))
    (tiny_multipie / "400_01_01_051_06.png").write_bytes(one.read_bytes())
    assert datasets.data_checksum("multipie") != before
    assert len(datasets.load("multipie", "all")) == 25


def test_a_damaged_or_empty_multipie_is_named(tiny_multipie):
    victim = next(iter(tiny_multipie.rglob("005_*.png")))
    victim.write_bytes(victim.read_bytes()[:60])
    with pytest.raises(ValueError, match="damaged or no picture") as error:
        datasets.load("multipie", "all")
    assert str(victim) in str(error.value)
    for path in tiny_multipie.rglob("*_*.png"):
        path.unlink()
    with pytest.raises(ValueError, match="got no picture, expected files such as") as error:
        datasets.load("multipie", "all")
    assert multipie.REMEDY in str(error.value)
