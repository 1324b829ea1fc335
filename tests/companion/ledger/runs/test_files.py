"""Bytes of a run's files, and how they reach the disk: all of them or none."""

import csv

import numpy as np
import pytest
from companion.ledger.runs.files import csv_bytes, write_all


def test_rows_of_different_columns_make_one_table():
    text = csv_bytes([{"a": 1, "b": np.float64(0.1)}, {"c": "x, y", "a": None}]).decode()
    assert list(csv.DictReader(text.splitlines())) == [
        {"a": "1", "b": "0.1", "c": ""},
        {"a": "", "b": "", "c": "x, y"},
    ]
    with pytest.raises(ValueError, match="rows: got none"):
        csv_bytes([])


def test_files_are_replaced_together(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    write_all(tmp_path, {"a": b"new", "b": b"more"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"new", "b": b"more"}


def test_a_file_that_cannot_be_written_leaves_all_as_they_were(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(FileNotFoundError):
        write_all(tmp_path, {"a": b"new", "no such folder/b": b"more"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}
