"""Arrays from files that somebody else wrote."""

import io
import pickle
import resource
import zipfile

import numpy as np
import pytest
from companion.datasets.arrays import read_npz


def header(shape, descr="'|u1'", version=b"\x01\x00"):
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text


def test_arrays_are_read(tmp_path):
    arrays = {"a": np.arange(6).reshape(2, 3), "b": np.ones(0), "c": np.float32(3)}
    np.savez_compressed(tmp_path / "some.npz", **arrays)
    found = read_npz(tmp_path / "some.npz", "")
    assert found.keys() == arrays.keys()
    assert all(np.array_equal(found[name], arrays[name]) for name in arrays)


HOSTILE = {
    "a shape of terabytes": header((10**13,)) + b"12",
    "a negative shape": header((-5,)) + b"12",
    "an overflowing shape": header((2**40, 2**40)) + b"12",
    "fewer bytes than the shape": header((10,)) + b"12",
    "pickled objects": header((1,), "'|O'") + pickle.dumps(print),
    "a header that is no dictionary": b"\x93NUMPY\x01\x00\x08\x00open(1)\n",
    "a header of megabytes": b"\x93NUMPY\x02\x00" + (1 << 24).to_bytes(4, "little") + b" " * (1 << 24),
    "a version of the future": header((1,), version=b"\x09\x00") + b"1",
    "no array": b"hello",
    "nothing": b"",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_array_is_refused_in_one_line_without_its_memory(tmp_path, kind):
    path = tmp_path / "some.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", HOSTILE[kind])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ValueError, match=r"damaged or truncated .*; fetch it") as refusal:
        read_npz(path, "fetch it")
    assert "\n" not in str(refusal.value)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes
    assert list(tmp_path.iterdir()) == [path]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("companion.datasets.arrays.MOST_BYTES", 1 << 20)
    np.savez_compressed(tmp_path / "some.npz", a=np.zeros(1 << 21, np.uint8))
    assert (tmp_path / "some.npz").stat().st_size < 10_000
    with pytest.raises(ValueError, match=r"asks for 2.1e\+06 bytes, expected 1.05e\+06 at most"):
        read_npz(tmp_path / "some.npz", "")


def test_names_that_leave_the_folder_write_nothing(tmp_path):
    content = io.BytesIO()
    np.save(content, np.ones(2))
    (tmp_path / "inside").mkdir()
    path = tmp_path / "inside" / "some.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../outside.npy", content.getvalue())
    assert list(read_npz(path, "")) == ["../../outside"]
    assert sorted(tmp_path.rglob("*")) == [path.parent, path]
