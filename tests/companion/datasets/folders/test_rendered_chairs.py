"""3D Chairs, Cars3D and Multi-PIE: the names of the files become labels and factors; tiny copies are read."""

import io
import math
import tarfile

import numpy as np
import pytest
import scipy.io
import torch
from companion import datasets
from companion.datasets import checksums
from companion.datasets.checksums import file_checksum
from companion.datasets.folders import cars, multipie, rendered_chairs
from PIL import Image

CHAIRS = ("1028b32dc1873c2afe26a3ac360dbd4", "1031fc4", "1055", "106dfe", "10d5")
ANGLES = [(p, t) for p in (20, 30) for t in (11, 23, 359)]


def png(picture) -> bytes:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


def chair(i, j):
    """600 x 600: black but for the middle 400 x 400, whose upper half is of a colour of its own."""
    picture = np.zeros((600, 600, 3), np.uint8)
    picture[100:500, 100:500] = 255
    picture[100:300, 100:500] = (40 * i, 30 * j, 100)
    return png(picture)


def add(archive, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


@pytest.fixture
def own(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


@pytest.fixture
def tiny_chairs(own, monkeypatch):
    """Five chairs from six sides, the last chair first, with a file that is no picture."""
    path = own / rendered_chairs.ARCHIVE
    with tarfile.open(path, "w") as archive:
        add(archive, "rendered_chairs/all_chair_names.mat", b"MATLAB")
        for i, name in reversed(list(enumerate(CHAIRS))):
            for j, (p, t) in enumerate(ANGLES):
                file = f"rendered_chairs/{name}/renders/image_{j:03d}_p{p:03d}_t{t:03d}_r096.png"
                add(archive, file, chair(i, j))
    monkeypatch.setattr(rendered_chairs, "MD5", file_checksum(path, "md5"))
    return path


def test_rendered_chairs_are_the_middle_of_the_pictures_in_the_order_of_their_names(tiny_chairs):
    data = datasets.load("3d-chairs", "all")
    assert data.images.shape == (30, 3, 64, 64)
    for i in range(5):
        for j in range(6):
            colour = torch.tensor([40 * i, 30 * j, 100]).view(3, 1, 1) / 255
            image = data.images[6 * i + j]
            torch.testing.assert_close(image[:, :30], colour.expand(3, 30, 64), atol=1e-6, rtol=0)
            assert (image[:, 34:] == 1).all()


def test_rendered_chairs_know_identity_and_angles(tiny_chairs):
    data = datasets.load("3d-chairs", "all")
    assert data.labels.tolist() == [i for i in range(5) for _ in ANGLES]
    degrees = [[math.degrees(x) for x in data.factors[name][:6]] for name in ("elevation", "azimuth")]
    np.testing.assert_allclose(np.array(degrees).T, ANGLES, rtol=1e-5)
    assert datasets.load("3d-chairs", "test").labels.unique().tolist() == [4]
    assert datasets.load("3d-chairs", "train").labels.unique().tolist() == [0, 1, 2, 3]


def test_the_chairs_checksum_is_of_the_readers_archive(tiny_chairs):
    first = datasets.data_checksum("3d-chairs")
    assert datasets.load("3d-chairs", "test").sha256 == first == file_checksum(tiny_chairs, "md5")


def test_another_archive_of_chairs_is_used_with_a_warning(tiny_chairs, monkeypatch):
    monkeypatch.setattr(rendered_chairs, "MD5", "0" * 32)
    with pytest.warns(UserWarning, match="one public source says 0000"):
        assert len(datasets.load("3d-chairs", "all")) == 30


def test_truncated_or_empty_chairs_are_named_with_the_remedy(tiny_chairs, monkeypatch):
    content = tiny_chairs.read_bytes()
    for damaged, message in (
        (content[:3000], "damaged or"),
        (b"", "damaged or"),
        (b"x" * 5000, "damaged or"),
    ):
        tiny_chairs.write_bytes(damaged)
        monkeypatch.setattr(rendered_chairs, "MD5", file_checksum(tiny_chairs, "md5"))
        with pytest.raises(ValueError, match=message) as error:
            datasets.load("3d-chairs", "all")
        assert str(tiny_chairs) in str(error.value)
        assert "\n" not in str(error.value)
    short = content.rfind(b"rendered_chairs/")
    tiny_chairs.write_bytes(content[:short])
    monkeypatch.setattr(rendered_chairs, "MD5", file_checksum(tiny_chairs, "md5"))
    with pytest.raises(ValueError, match="got chairs with 5 to 6 pictures, expected equally many"):
        datasets.load("3d-chairs", "all")
    with tarfile.open(tiny_chairs, "w") as archive:
        add(archive, "rendered_chairs/all_chair_names.mat", b"MATLAB")
    monkeypatch.setattr(rendered_chairs, "MD5", file_checksum(tiny_chairs, "md5"))
    with pytest.raises(ValueError, match="got no picture, expected CHAIR/renders/"):
        datasets.load("3d-chairs", "all")


def test_absent_sets_say_how_to_get_them(own):
    with pytest.raises(FileNotFoundError, match=r"rendered_chairs.tar is not in .*seeing3Dchairs"):
        datasets.load("3d-chairs", "train")
    with pytest.raises(FileNotFoundError, match=r"multipie is not in .*a licence"):
        datasets.load("multipie", "train")
    with pytest.raises(FileNotFoundError, match=r"rendered_chairs\.tar is not in"):
        datasets.data_checksum("3d-chairs")


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


def car(i):
    """A car's views in the axes of its file; a view's colour says car, azimuth and elevation."""
    azimuth, elevation = np.indices((24, 4))
    colours = np.stack([np.full((24, 4), 50 * i), 10 * azimuth, 60 * elevation])
    content = io.BytesIO()
    views = np.broadcast_to(colours[None, None], (128, 128, 3, 24, 4)).astype(np.uint8)
    scipy.io.savemat(content, {"im": views}, do_compression=True)
    return content.getvalue()


@pytest.fixture
def tiny_cars(own, monkeypatch):
    """Five cars, the last one first, beside another set's file."""
    path = own / cars.ARCHIVE
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        add(archive, "data/sprites/sprites_0.mat", b"another set")
        for i in reversed(range(5)):
            add(archive, f"data/cars/car_{i + 1:03d}_mesh.mat", car(i))
    monkeypatch.setattr(cars, "N_CARS", 5)
    publish_cars(monkeypatch, path)
    return path


def publish_cars(monkeypatch, path):
    monkeypatch.setitem(checksums.PUBLISHED, "cars3d", {cars.ARCHIVE: f"md5:{file_checksum(path, 'md5')}"})


def test_cars_are_in_the_order_of_their_names_with_their_angles(tiny_cars):
    data = datasets.load("cars3d", "all")
    assert data.images.shape == (5 * 96, 3, 64, 64)
    colours = (data.images[:, :, 10, 20] * 255).round().long()
    assert torch.equal(colours[:, 0], 50 * data.labels)
    azimuth = (data.factors["azimuth"] / (2 * math.pi) * 24).round().long()
    assert torch.equal(colours[:, 1], 10 * azimuth)
    assert torch.equal(colours[:, 2], 60 * data.factors["elevation"])
    assert datasets.load("cars3d", "test").labels.unique().tolist() == [4]
    assert datasets.load("cars3d", "train").labels.unique().tolist() == [0, 1, 2, 3]


def test_damaged_or_incomplete_cars_are_named_with_the_remedy(tiny_cars, monkeypatch):
    monkeypatch.setattr(cars, "N_CARS", 6)
    with pytest.raises(ValueError, match="got 5 cars, expected 6"):
        datasets.load("cars3d", "all")
    tiny_cars.write_bytes(tiny_cars.read_bytes()[:-100])
    with pytest.raises(ValueError, match="damaged: its md5 is"):
        datasets.load("cars3d", "all")
    publish_cars(monkeypatch, tiny_cars)
    with pytest.raises(ValueError, match="damaged or truncated") as error:
        datasets.load("cars3d", "all")
    assert str(tiny_cars) in str(error.value)
    assert "\n" not in str(error.value)
    tiny_cars.unlink()
    with pytest.raises(FileNotFoundError, match=r"nips2015-analogy-data.tar.gz is not in .*scottreed"):
        datasets.load("cars3d", "all")
