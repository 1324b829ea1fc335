"""Axe finds no serious fault on any page, and no page is heavy."""

import shutil
import subprocess
import tarfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from small_book import Page

AXE = "axe-core@4.14.1"
MOST_BYTES = 2_000_000  # beside MathJax
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


def weight(path: Path) -> int:
    """Bytes of a page and of every file that it names, without MathJax."""
    page = Page(path)
    files = {
        (path.parent / unquote(urlsplit(source).path)).resolve()
        for source in page.sources
        if "data:" not in source
    }
    return sum(
        file.stat().st_size for file in {path, *files} if file.is_file() and "mathjax" not in file.parts
    )


def test_no_page_is_heavy(pages):
    weights = {path.name: weight(path) for path in pages}
    assert max(weights.values()) > 100_000
    assert not {name: size for name, size in weights.items() if size > MOST_BYTES}
