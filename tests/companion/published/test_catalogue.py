"""The catalogue: every file pinned, every citation known, nothing shipped."""

import re

import pytest
from companion import datasets
from companion.published import NAMES, entry
from companion.published.catalogue import CATALOGUE


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_pinned_by_commit_and_checksum_and_every_source_is_cited(name, root):
    found = entry(name)
    for file in found.files.values():
        assert re.search(r"/[0-9a-f]{40}/", file.address), file.address
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert "{" not in file.address
    assert f"{{{found.citation}," in (root / "book" / "references.bib").read_text(encoding="utf-8")
    assert found.licence
    assert found.training


def test_there_are_three_disentangling_models_twenty_vaes_and_two_more():
    families = [entry(name).family for name in NAMES]
    assert {f: families.count(f) for f in set(families)} == {
        "two_part": 3,
        "burgess": 20,
        "oddity": 1,
        "tiny_autoencoder": 1,
    }
    assert len({file.sha256 for name in NAMES for file in entry(name).files.values()}) == 3 * 2 + 20 + 1 + 2


def test_the_sets_that_can_be_loaded_here_have_the_names_of_datasets():
    named = {entry(name).dataset for name in NAMES} - {None, "dsprites"}
    assert named <= set(datasets.NAMES)


def test_no_weights_lie_beside_the_catalogue():
    assert {path.suffix for path in CATALOGUE.parent.iterdir() if path.is_file()} <= {".py", ".yml"}


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"published model: got 'jha'; .*jha-mnist"):
        entry("jha")
