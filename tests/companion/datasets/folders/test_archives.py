"""Published archives that only the reader has: tiny ones of the same format are read as the pages say."""

import io
import zipfile

import numpy as np
import pytest
import scipy.io
import torch
from companion import datasets, project_paths
from companion.datasets import checksums, pixels
from companion.datasets.folders import celeba
from PIL import Image

PARTITION = [0] * 6 + [1] * 2 + [2] * 4
IDENTITY = [3, 3, 1, 1, 5, 5, 2, 2, 4, 4, 4, 7]
CORNER, MIDDLE = (250, 10, 10), (90, 120, 220)


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


def publish(monkeypatch, name, folder):
    """Let the checksums of these files be the published ones."""
    known = {
        file: f"{kind}:{checksums.file_checksum(folder / file, kind)}"
        for file, kind in ((file, text.split(":")[0]) for file, text in checksums.PUBLISHED[name].items())
        if (folder / file).is_file()
    }
    monkeypatch.setitem(checksums.PUBLISHED, name, known)


def aligned_picture(i):
    """178 x 218 pixels: red outside of the middle 148 x 148, whose left part grows darker with i."""
    picture = np.full((218, 178, 3), CORNER, np.uint8)
    picture[35:183, 15:163] = MIDDLE
    picture[35:183, 15:89] = np.array(MIDDLE) - 5 * i
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG", quality=98, subsampling=0)
    return content.getvalue()


@pytest.fixture
def tiny_celeba(monkeypatch, folder):
    names = [f"{i:06d}.jpg" for i in range(1, 13)]
    with zipfile.ZipFile(folder / celeba.ARCHIVE, "w") as archive:
        for i, name in enumerate(names):
            archive.writestr(f"{celeba.FOLDER}/{name}", aligned_picture(i))
    flags = [f"{name} {1 if i % 2 else -1:2d} -1" for i, name in enumerate(names)]
    (folder / celeba.ATTRIBUTES).write_text("\n".join(["12", "Black_Hair Bald ", *flags]) + "\n")
    for file, values in ((celeba.IDENTITIES, IDENTITY), (celeba.PARTITIONS, PARTITION)):
        (folder / file).write_text("".join(f"{name} {value}\n" for name, value in zip(names, values)))
    publish(monkeypatch, "celeba", folder)
    return folder


def test_celeba_is_the_middle_of_the_pictures_with_the_official_split(tiny_celeba):
    train, test, everything = (datasets.load("celeba", split) for split in ("train", "test", "all"))
    assert (len(train), len(test), len(everything)) == (6, 4, 12)
    assert train.images.shape[1:] == (3, 64, 64)
    colour = torch.tensor(MIDDLE).view(1, 3, 1, 1) / 255
    # Nothing of the red border is left, in the last row and column either; JPEG is off by a few hundredths.
    assert (everything.images[:, :, :, 33:] - colour).abs().max() < 0.04
    darker = colour - torch.arange(12).view(12, 1, 1, 1) * 5 / 255
    assert (everything.images[:, :, :, :31] - darker).abs().max() < 0.04


def test_celeba_knows_people_and_attributes_of_each_picture(tiny_celeba):
    data = datasets.load("celeba", "test")
    assert data.factors["identity"].tolist() == IDENTITY[8:]
    assert data.labels.tolist() == [i - 1 for i in IDENTITY[8:]]
    assert data.factors["picture"].tolist() == [9, 10, 11, 12]
    assert data.factors["Black_Hair"].tolist() == [0, 1, 0, 1]
    assert data.factors["Bald"].sum() == 0
    people = [set(datasets.load("celeba", split).labels.tolist()) for split in ("train", "test")]
    assert not people[0] & people[1]


def test_the_smaller_celeba_is_a_fixed_draw_of_each_partition(tiny_celeba, monkeypatch):
    monkeypatch.setattr(celeba, "DRAWN", {0: 3, 2: 2})
    train, test = datasets.load("celeba-20k", "train"), datasets.load("celeba-20k", "test")
    assert (len(train), len(test), len(datasets.load("celeba-20k", "all"))) == (3, 2, 5)
    again = datasets.load("celeba-20k", "train")
    assert torch.equal(train.factors["picture"], again.factors["picture"])
    whole = datasets.load("celeba", "all")
    assert torch.equal(train.images, whole.images[train.factors["picture"] - 1])
    assert train.sha256 == datasets.data_checksum("celeba-20k")


def test_pictures_are_decoded_once(tiny_celeba, monkeypatch):
    first = datasets.load("celeba", "all").images
    monkeypatch.setattr(celeba, "decode_picture", None)
    assert torch.equal(datasets.load("celeba", "all").images, first)


def test_another_crop_is_decoded_anew(tiny_celeba, monkeypatch):
    datasets.load("celeba", "all")
    monkeypatch.setattr(celeba, "CROP", 178)
    red = datasets.load("celeba", "all").images[:, 0, 30, 0]
    assert (red > 0.9).all()


def test_damaged_decoded_pictures_are_refused(tiny_celeba):
    datasets.load("celeba", "all")
    [kept] = project_paths.data_cache().rglob("*.npy")
    content = bytearray(kept.read_bytes())
    content[-1] ^= 1
    kept.write_bytes(content)
    with pytest.raises(ValueError, match=r"delete it and .*sha256") as error:
        datasets.load("celeba", "train")
    assert str(kept) in str(error.value)


def test_an_interrupted_decoding_leaves_nothing_that_is_read(tiny_celeba, monkeypatch):
    whole = celeba.decode_picture

    def interrupted(content, where, **options):
        if "000005" in where:
            raise KeyboardInterrupt
        return whole(content, where, **options)

    with monkeypatch.context() as patch:
        patch.setattr(celeba, "decode_picture", interrupted)
        with pytest.raises(KeyboardInterrupt):
            datasets.load("celeba", "all")
    assert list(project_paths.data_cache().rglob("*.npy")) == []
    assert (datasets.load("celeba", "all").images.amax((1, 2, 3)) > 0.5).all()


@pytest.mark.parametrize("file", checksums.PUBLISHED["celeba"])
def test_a_missing_or_altered_file_of_celeba_is_named_with_the_remedy(tiny_celeba, file):
    path = tiny_celeba / file
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(ValueError, match=r"damaged: its (md5|sha256) is .*; delete it") as error:
        datasets.load("celeba", "train")
    assert str(path) in str(error.value)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=f"{file} is not in .*research use") as error:
        datasets.load("celeba", "train")
    assert "\n" not in str(error.value)


def test_lists_in_another_order_are_refused(tiny_celeba, monkeypatch):
    path = tiny_celeba / celeba.IDENTITIES
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[1], lines[0], *lines[2:]]))
    publish(monkeypatch, "celeba", tiny_celeba)
    with pytest.raises(ValueError, match=r"got other pictures, expected 000001.jpg"):
        datasets.load("celeba", "train")


def test_a_picture_that_is_no_picture_or_too_small_is_named():
    with pytest.raises(ValueError, match=r"x.jpg: damaged or no picture"):
        pixels.decode_picture(aligned_picture(0)[:500], "x.jpg", crop=148, size=64)
    with pytest.raises(ValueError, match="expected at least 200 pixels a side"):
        pixels.decode_picture(aligned_picture(0), "x.jpg", crop=200, size=64)


def test_what_is_transparent_becomes_white():
    content = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(content, "PNG")
    assert (pixels.decode_picture(content.getvalue(), "x.png", crop=None, size=8) == 255).all()


@pytest.fixture
def tiny_svhn(monkeypatch, folder):
    generator = np.random.default_rng(0)
    arrays = {}
    for part, n in (("train", 7), ("test", 5), ("extra", 11)):
        x = generator.integers(0, 256, (32, 32, 3, n), dtype=np.uint8)
        y = (np.arange(n) % 10 + 1).astype(np.uint8)[:, None]
        scipy.io.savemat(folder / f"{part}_32x32.mat", {"X": x, "y": y}, do_compression=True)
        arrays[part] = x, y
    publish(monkeypatch, "svhn", folder)
    return folder, arrays


@pytest.mark.parametrize(
    ("name", "split", "parts"),
    [
        ("svhn", "train", ["train"]),
        ("svhn", "test", ["test"]),
        ("svhn", "all", ["train", "test"]),
        ("svhn-extra", "train", ["extra"]),
        ("svhn-extra", "test", ["test"]),
    ],
)
def test_svhn_is_read_from_the_archives_of_its_split(tiny_svhn, name, split, parts):
    _, arrays = tiny_svhn
    data = datasets.load(name, split)
    x = np.concatenate([arrays[part][0] for part in parts], axis=-1)
    for i, channel, row, column in ((0, 0, 0, 31), (4, 2, 30, 5), (2, 1, 9, 9)):
        assert data.images[i, channel, row, column].item() == pytest.approx(x[row, column, channel, i] / 255)
    assert data.images.shape == (x.shape[-1], 3, 32, 32)
    assert data.labels.tolist() == [y % 10 for part in parts for y in arrays[part][1].ravel().tolist()]


def test_the_label_ten_of_svhn_means_zero(tiny_svhn):
    assert datasets.load("svhn-extra", "train").labels.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


def test_damaged_or_absent_svhn_is_named_with_the_remedy(tiny_svhn):
    folder, _ = tiny_svhn
    path = folder / "test_32x32.mat"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"damaged: its sha256 is .*; delete it; fetch it") as error:
        datasets.load("svhn", "test")
    assert str(path) in str(error.value)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"test_32x32.mat is not in .*housenumbers"):
        datasets.load("svhn", "all")


def test_without_a_folder_of_ones_own_the_cache_is_looked_at_and_the_variable_named(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path))
    monkeypatch.delenv("COMPANION_DATA", raising=False)
    with pytest.raises(FileNotFoundError, match="environment variable COMPANION_DATA names") as error:
        datasets.load("svhn", "test")
    assert str(tmp_path / ".cache" / "data" / "svhn") in str(error.value)


@pytest.mark.parametrize("place", ["own", "own/svhn", "home/.cache/data/svhn"])
def test_archives_are_found_in_each_of_the_places(tiny_svhn, tmp_path, place):
    folder, _ = tiny_svhn
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    (folder / "test_32x32.mat").rename(tmp_path / place / "test_32x32.mat")
    assert len(datasets.load("svhn", "test")) == 5


def test_the_data_page_gives_every_published_checksum(root):
    page = (root / "book" / "data.md").read_text(encoding="utf-8")
    for name, files in checksums.PUBLISHED.items():
        for file, checksum in files.items():
            kind, digest = checksum.split(":")
            assert f"| {name} | {file} | {kind} `{digest}` |" in page


def test_every_set_has_its_heading_on_the_data_page(root):
    page = (root / "book" / "data.md").read_text(encoding="utf-8")
    assert [name for name in datasets.NAMES if f"`{name}`" not in page] == []
