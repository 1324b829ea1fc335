"""Where the files of a reader are looked for."""

import pytest
from companion import datasets


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


def test_absent_sets_say_how_to_get_them(own):
    with pytest.raises(FileNotFoundError, match=r"rendered_chairs.tar is not in .*seeing3Dchairs"):
        datasets.load("3d-chairs", "train")
    with pytest.raises(FileNotFoundError, match=r"multipie is not in .*a licence"):
        datasets.load("multipie", "train")
    with pytest.raises(FileNotFoundError, match=r"rendered_chairs\.tar is not in"):
        datasets.data_checksum("3d-chairs")
