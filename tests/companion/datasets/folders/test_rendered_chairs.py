"""3D Chairs, read from a tiny archive of its format."""

import io
import math
import tarfile

import numpy as np
import pytest
import torch
from archives import add, png
from companion import datasets
from companion.datasets.checksums import file_checksum
from companion.datasets.folders import rendered_chairs

CHAIRS = ("1028b32dc1873c2afe26a3ac360dbd4", "1031fc4", "1055", "106dfe", "10d5")
ANGLES = [(p, t) for p in (20, 30) for t in (11, 23, 359)]


def chair(i, j):
    """600 x 600: black but for the middle 400 x 400, whose upper half is of a colour of its own."""
    picture = np.zeros((600, 600, 3), np.uint8)
    picture[100:500, 100:500] = 255
    picture[100:300, 100:500] = (40 * i, 30 * j, 100)
    return png(picture)


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


@pytest.mark.parametrize("kind", ["huge", "link"])
def test_members_that_are_no_plain_pictures_are_refused(tiny_chairs, monkeypatch, kind):
    names = [f"rendered_chairs/{chair}/renders/image_0_p020_t000_r096.png" for chair in ("a", "b")]
    with tarfile.open(tiny_chairs, "w") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            if kind == "link":
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
            archive.addfile(member)
    content = bytearray(tiny_chairs.read_bytes())
    if kind == "huge":
        with tarfile.open(tiny_chairs, "w") as archive:
            for name in names:
                member = tarfile.TarInfo(name)
                member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
                member.pax_headers |= {"GNU.sparse.realsize": str(1 << 40), "GNU.sparse.name": name}
                member.size = 512
                archive.addfile(member, io.BytesIO(b"1\n0\n0\n".ljust(512, b"\0")))
        content = tiny_chairs.read_bytes()
    tiny_chairs.write_bytes(content)
    monkeypatch.setattr(rendered_chairs, "MD5", file_checksum(tiny_chairs, "md5"))
    with pytest.raises(ValueError, match="got no plain file of 268435456 bytes at most") as refusal:
        datasets.load("3d-chairs", "all")
    assert "\n" not in str(refusal.value)
