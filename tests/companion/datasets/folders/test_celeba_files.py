"""CelebA as people have it: in a folder, with lists of Windows, with Kaggle's tables."""

import zipfile

import pytest
import torch
from companion import datasets
from companion.datasets.folders import celeba_files


@pytest.fixture
def whole(tiny_celeba):
    return tiny_celeba, datasets.load("celeba", "all")


def as_csv(own, name, head):
    lines = (own / name).read_text().splitlines()[2 if len(head) > 1 else 0 :]
    rows = [",".join(["image_id", *head]), *(",".join(line.split()) for line in lines)]
    (own / name).with_suffix(".csv").write_text("\r\n".join(rows) + "\r\n", newline="")
    (own / name).unlink()


def same(data, other):
    assert torch.equal(data.images, other.images)
    assert torch.equal(data.labels, other.labels)
    assert data.factors.keys() == other.factors.keys()
    assert all(torch.equal(data.factors[name], other.factors[name]) for name in data.factors)


def test_lists_with_the_ends_of_lines_of_windows_are_the_same_lists(whole):
    own, data = whole
    for name in celeba_files.LISTS:
        content = (own / name).read_bytes()
        (own / name).write_bytes(b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))
    same(datasets.load("celeba", "all"), data)


def test_tables_of_kaggle_are_compared_with_the_lists(whole):
    own, data = whole
    as_csv(own, celeba_files.LISTS[0], ["Black_Hair", "Bald"])
    as_csv(own, celeba_files.LISTS[2], ["partition"])
    same(datasets.load("celeba", "all"), data)
    path = own / "list_eval_partition.csv"
    path.write_text(path.read_text().replace("000003.jpg,0", "000003.jpg,2"))
    with pytest.raises(ValueError, match=r"says something else than the published list_eval") as refusal:
        datasets.load("celeba", "all")
    assert "delete" not in str(refusal.value)
    path.write_text("image_id,partition\n000001.jpg\n")
    with pytest.raises(ValueError, match="got rows of several lengths"):
        datasets.load("celeba", "all")


@pytest.mark.parametrize("nested", celeba_files.NESTED)
def test_a_folder_takes_the_place_of_the_archive_with_a_warning(whole, nested):
    own, data = whole
    with zipfile.ZipFile(own / celeba_files.ARCHIVE) as archive:
        (own / nested).mkdir(parents=True)
        for name in archive.namelist():
            (own / nested / name.split("/")[1]).write_bytes(archive.read(name))
    (own / celeba_files.ARCHIVE).unlink()
    with pytest.warns(UserWarning, match="a folder of pictures has no published checksum"):
        found = datasets.load("celeba", "all")
    same(found, data)
    assert found.sha256 == datasets.data_checksum("celeba") != data.sha256
    (own / nested / "000005.jpg").unlink()
    celeba_files._digest.cache_clear()
    with (
        pytest.warns(UserWarning, match="no published checksum"),
        pytest.raises(FileNotFoundError, match=r"000005.jpg: missing among the pictures of celeba"),
    ):
        datasets.load("celeba", "all")


def test_without_the_people_the_list_of_them_is_asked_for(whole):
    own, _ = whole
    (own / celeba_files.LISTS[1]).unlink()
    with pytest.raises(FileNotFoundError, match=r"identity_CelebA.txt is not in"):
        datasets.load("celeba", "all")
