"""Checkpoints: whole or not at all, and damage is named."""

import errno
import hashlib
import json
import os

import pytest
import torch
from companion.training.checkpoint import read_checkpoint, write_atomically, write_checkpoint


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "model.json"
    write_checkpoint(path, {"w": torch.arange(1000.0)}, {"key": "k", "note": "π"})
    return path


def test_what_is_written_is_read(checkpoint):
    weights, record = read_checkpoint(checkpoint, "k")
    assert torch.equal(weights["w"], torch.arange(1000.0))
    assert record["note"] == "π"
    assert sorted(path.name for path in checkpoint.parent.iterdir()) == ["model.json", "model.safetensors"]


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
@pytest.mark.parametrize("damage", ["truncate", "empty", "flip"])
def test_a_damaged_file_is_named_with_the_remedy(checkpoint, suffix, damage):
    target = checkpoint.with_suffix(suffix)
    content = bytearray(target.read_bytes())
    if damage == "flip":
        content[len(content) // 2 if suffix == ".safetensors" else content.index(b'"k"') + 1] ^= 1
    target.write_bytes({"truncate": content[:-7], "empty": b"", "flip": content}[damage])
    with pytest.raises(ValueError, match=r"damaged checkpoint .*delete it") as error:
        read_checkpoint(checkpoint, "k")
    assert str(target) in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_weights_are_named_with_the_remedy(checkpoint):
    checkpoint.with_suffix(".safetensors").unlink()
    with pytest.raises(
        ValueError, match=r"model\.safetensors: missing, but model\.json is there; delete that"
    ):
        read_checkpoint(checkpoint, "k")


@pytest.mark.parametrize("content", ["[]", '{"key": "k"}', "nonsense"])
def test_a_record_of_another_kind_is_refused(checkpoint, content):
    checkpoint.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="damaged checkpoint"):
        read_checkpoint(checkpoint, "k")


def test_a_full_disk_keeps_the_old_file_and_says_what_to_do(monkeypatch, tmp_path):
    path = tmp_path / "file.json"
    write_atomically(path, b"old")

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device.*make room") as error:
        write_atomically(path, b"new")
    assert error.value.errno == errno.ENOSPC
    assert str(path) in str(error.value)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("file.json", b"old")]


def test_an_interrupt_while_writing_leaves_no_part(monkeypatch, tmp_path):
    def interrupted(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_checkpoint(tmp_path / "model.json", {"w": torch.zeros(3)}, {"key": "k"})
    assert list(tmp_path.iterdir()) == []


def test_the_record_is_readable_json(checkpoint):
    assert json.loads(checkpoint.read_text(encoding="utf-8"))["weights"] == "model.safetensors"


@pytest.mark.parametrize("name", ["../model.safetensors", "/etc/hostname", "other.safetensors", ["x"], ""])
def test_weights_that_lie_elsewhere_are_not_read(checkpoint, name):
    record = json.loads(checkpoint.read_text(encoding="utf-8"))
    checkpoint.write_text(json.dumps({**record, "weights": name}), encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"damaged checkpoint .its weights are .*, expected 'model.safetensors'"
    ):
        read_checkpoint(checkpoint, "k")


def test_hostile_records_and_weights_are_refused_in_one_line(checkpoint):
    whole = json.loads(checkpoint.read_text(encoding="utf-8"))
    weights = checkpoint.with_suffix(".safetensors")
    big = json.dumps({"w": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}).encode()
    for content in (
        (1 << 62).to_bytes(8, "little"),
        len(big).to_bytes(8, "little") + big,
        (2).to_bytes(8, "little") + b"{}" + b"rest",
        (100_000_000).to_bytes(8, "little") + b"[" * 1000,
    ):
        weights.write_bytes(content)
        record = {**whole, "weights_sha256": hashlib.sha256(content).hexdigest()}
        checkpoint.write_text(json.dumps(record), encoding="utf-8")
        with pytest.raises(ValueError, match="damaged checkpoint") as refusal:
            read_checkpoint(checkpoint, "k")
        assert "\n" not in str(refusal.value)
    checkpoint.write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(ValueError, match="damaged checkpoint"):
        read_checkpoint(checkpoint, "k")
