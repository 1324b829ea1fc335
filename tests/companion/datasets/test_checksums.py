"""Checksums of the data, here and on the page."""

from companion import datasets
from companion.datasets import checksums


def test_the_data_page_gives_every_checksum(root):
    page = (root / "book" / "data.md").read_text(encoding="utf-8")
    for name, parts in datasets.RAW_SHA256.items():
        assert f"`{name}`" in page
        for part, sha256 in parts.items():
            assert f"| {name} | {part} | `{sha256}` |" in page


def test_the_data_page_gives_every_published_checksum(root):
    page = (root / "book" / "data.md").read_text(encoding="utf-8")
    for name, files in checksums.PUBLISHED.items():
        for file, checksum in files.items():
            kind, digest = checksum.split(":")
            assert f"| {name} | {file} | {kind} `{digest}` |" in page
