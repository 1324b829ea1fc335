"""Files of published models: found by checksum, fetched into the cache, never run."""

import hashlib
import pickle

import pooch
import pytest
import torch
from companion.published.catalogue import PublishedFile
from companion.published.files import fetch, find_copy, read_state

CONTENT = b"weights"
FILE = PublishedFile("folder/model.pt", "https://example.org/model.pt", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPANION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path / "data"))
    return tmp_path


def put(folder, content):
    path = folder / FILE.place
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("place", ["data/published_models", "data", "home/.cache/data/published_models"])
def test_a_copy_is_taken_wherever_it_may_lie_if_its_checksum_fits(home, place):
    path = put(home / place, CONTENT)
    assert find_copy(FILE) == path == fetch("a", FILE)


def test_a_copy_with_another_checksum_is_passed_over(home):
    put(home / "data", CONTENT + b"!")
    assert find_copy(FILE) is None
    path = put(home / "data" / "published_models", CONTENT)
    assert find_copy(FILE) == path


def test_what_is_nowhere_is_fetched_into_the_cache_with_its_checksum(home, monkeypatch):
    asked = {}

    def retrieve(address, *, known_hash, fname, path, downloader):
        asked.update(address=address, known_hash=known_hash)
        (path / fname).write_bytes(CONTENT)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    path = fetch("a", FILE)
    assert path == home / "home/.cache/data/published_models/folder/model.pt"
    assert asked == {"address": FILE.address, "known_hash": f"sha256:{FILE.sha256}"}


@pytest.mark.parametrize("error", [OSError("no route"), ValueError("SHA256 hash of downloaded file")])
def test_what_cannot_be_fetched_is_one_line_with_both_remedies(home, monkeypatch, error):
    def retrieve(*_, **__):
        raise error

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(FileNotFoundError) as caught:
        fetch("jha-mnist", FILE)
    message = str(caught.value)
    assert "\n" not in message
    for part in ("jha-mnist: folder/model.pt", FILE.address, "COMPANION_DATA", type(error).__name__):
        assert part in message


def test_tensors_are_read_and_counters_left_out(tmp_path):
    torch.save({"a": torch.ones(2), "n": torch.tensor(3)}, tmp_path / "x.pt")
    assert {name: tuple(value) for name, value in read_state("a", tmp_path / "x.pt").items()} == {"a": (1, 1)}


class Harm:
    """An object whose unpickling would run code."""

    def __reduce__(self):
        return print, ("harm",)


def test_a_file_that_would_run_code_is_refused_and_not_run(tmp_path, capsys):
    torch.save({"a": Harm()}, tmp_path / "x.pt", pickle_module=pickle)
    with pytest.raises(ValueError, match=r"a: .*x\.pt could not be read as weights"):
        read_state("a", tmp_path / "x.pt")
    assert "harm" not in capsys.readouterr().out


def test_a_file_of_something_else_is_refused(tmp_path):
    torch.save([1, 2], tmp_path / "x.pt")
    with pytest.raises(ValueError, match="holds list, expected named tensors"):
        read_state("a", tmp_path / "x.pt")
