"""Axe finds no serious fault on any page, and no page is heavy."""

import base64
import random
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from small_book import build, lay_out

AXE = "axe-core@4.14.1"
FAULTS = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.filter((fault) => ["serious", "critical"].includes(fault.impact))
    .map((fault) => `${fault.id}: ${fault.nodes[0].html.slice(0, 120)}`);
}"""


@pytest.fixture(scope="session")
def axe(root: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, from node_modules or by npm; without either the test is skipped."""
    installed = root / "node_modules" / "axe-core" / "axe.min.js"
    if installed.is_file():
        return installed.read_text(encoding="utf-8")
    npm, folder = shutil.which("npm"), tmp_path_factory.mktemp("axe")
    if npm is None:
        pytest.skip("axe-core is not installed and there is no npm to fetch it")
    command = [npm, "pack", AXE, "--silent", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not answer in 90 seconds")
    package = next(folder.glob("*.tgz"), None)
    if done.returncode != 0 or package is None:
        pytest.skip(f"npm could not fetch {AXE}: {done.stderr.strip()[-120:]}")
    with tarfile.open(package) as archive:
        return archive.extractfile("package/axe.min.js").read().decode("utf-8")


@pytest.mark.browser
def test_axe_finds_no_serious_fault(browser, axe, pages):
    context = browser.new_context(offline=True, reduced_motion="reduce")
    view, faults = context.new_page(), {}
    for path in pages:
        view.goto(path.as_uri())
        view.evaluate("window.MathJax?.startup?.promise")
        view.wait_for_function("!document.querySelector('[data-widget]:not([data-ready])')")
        view.evaluate(axe)
        faults[path.name] = view.evaluate(FAULTS)
    context.close()
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


def test_a_heavy_page_fails_the_build(tmp_path):
    folder = lay_out(tmp_path)
    noise = base64.b64encode(random.Random(0).randbytes(2_000_000)).decode()
    (folder / "book" / "costs.md").write_text(f"# Heavy\n\n```{{raw}} html\n<!-- {noise} -->\n```\n")
    done = build(folder)
    assert done.returncode != 0
    assert re.search(r"page: book/costs\.html weighs [\d,]+ bytes, expected at most 2,000,000", done.stdout)
