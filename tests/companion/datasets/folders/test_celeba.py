"""CelebA, read from a tiny archive of its format."""

import pytest
import torch
from archives import CELEBA_IDENTITY, MIDDLE, publish
from companion import datasets, project_paths
from companion.datasets import checksums
from companion.datasets.folders import celeba, celeba_files


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
    assert data.factors["identity"].tolist() == CELEBA_IDENTITY[8:]
    assert data.labels.tolist() == [i - 1 for i in CELEBA_IDENTITY[8:]]
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
    with pytest.raises(
        ValueError, match=r"another version, or damaged: its (md5|sha256) is .*; fetch it"
    ) as error:
        datasets.load("celeba", "train")
    assert str(path) in str(error.value)
    assert "delete" not in str(error.value)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=f"{file} is not in .*research use") as error:
        datasets.load("celeba", "train")
    assert "\n" not in str(error.value)


def test_lists_in_another_order_are_refused(tiny_celeba, monkeypatch):
    path = tiny_celeba / celeba_files.LISTS[1]
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[1], lines[0], *lines[2:]]))
    publish(monkeypatch, "celeba", tiny_celeba)
    with pytest.raises(ValueError, match=r"got other pictures, expected 000001.jpg"):
        datasets.load("celeba", "train")
