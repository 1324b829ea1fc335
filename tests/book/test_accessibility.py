"""Axe finds no serious fault on any page, and no page is heavy."""

import base64
import random
import re
import shutil
import sys
from urllib.parse import unquote, urlsplit

import pytest
from small_book import build


@pytest.mark.browser
def test_axe_finds_no_serious_fault(visited, axe):
    script, why_not = axe
    if script is None:
        pytest.skip(why_not)
    faults = visited("light", "axe")
    assert not {name: found for name, found in faults.items() if found}


@pytest.fixture(scope="module")
def page_weight(root):
    """The module of the book's extensions that weighs pages."""
    sys.path.insert(0, str(root / "book" / "_ext"))
    yield __import__("page_weight")
    sys.path.pop(0)


def test_no_page_is_heavy(small_book, page_weight):
    weights = page_weight.weights(small_book / "_build" / "html")
    assert max(weights.values()) > 100_000
    assert not {name: size for name, size in weights.items() if size > page_weight.MOST_BYTES}


@pytest.mark.browser
def test_a_page_loads_what_is_weighed_and_nothing_else(browser, pages, page_weight):
    context = browser.new_context(offline=True)
    for path in pages[:4]:
        view, loaded = context.new_page(), set()
        view.on("request", lambda request, loaded=loaded: loaded.add(unquote(urlsplit(request.url).path)))
        view.goto(path.as_uri())
        weighed = {str(file.resolve()) for file in page_weight.files(path)}
        assert {name for name in loaded if "mathjax" not in name} <= weighed
        view.close()
    context.close()


def test_a_heavy_page_fails_the_build(small_book, tmp_path):
    folder = shutil.copytree(small_book, tmp_path / "heavy", symlinks=True)
    noise = base64.b64encode(random.Random(0).randbytes(2_000_000)).decode()
    (folder / "book" / "costs.md").write_text(f"# Heavy\n\n```{{raw}} html\n<!-- {noise} -->\n```\n")
    done = build(folder)
    assert done.returncode != 0
    assert re.search(r"page: book/costs\.html weighs [\d,]+ bytes, expected at most 2,000,000", done.stdout)
