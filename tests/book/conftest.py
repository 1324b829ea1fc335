"""The small book, built and visited once for all workers, and a browser without a network."""

import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from once import once
from page_visits import visit
from small_book import build, lay_out, some_claim

AXE = "axe-core@4.14.1"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def small_book(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Folder of the small book's sources, with its pages in `_build/html`."""
    with once(tmp_path_factory, worker_id, "small_book") as (folder, missing):
        if missing:
            done = build(lay_out(folder))
            assert done.returncode == 0, done.stdout[-4000:]
    return folder


@pytest.fixture(scope="session")
def pages(small_book: Path) -> list[Path]:
    """Every page of the small book but the one that only leads on to the first.

    Of those that one template makes, the sources and the claims, it is one of each kind: a listing, a claim
    with its plot and figure, and one that was not run.
    """
    html = small_book / "_build" / "html"
    made = {*(html / "_modules").rglob("*.html"), *(html / "claims").glob("*.html")}
    shown = {min((html / "_modules").rglob("*.html")), html / "claims" / f"{some_claim(small_book).id}.html"}
    shown.add(min(path for path in (html / "claims").glob("*.html") if path not in shown))
    skipped = {html / "index.html", *made} - shown
    return [path for path in sorted(html.rglob("*.html")) if path not in skipped]


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """Chromium; the test is skipped where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def axe(root: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[str | None, str]:
    """The script of axe-core, from node_modules or by npm; without either None, and why."""
    with once(tmp_path_factory, worker_id, "axe") as (folder, missing):
        found = root / "node_modules" / "axe-core" / "axe.min.js"
        script, why = folder / "axe.min.js", folder / "why"
        if missing and found.is_file():
            shutil.copy(found, script)
        if missing:
            why.write_text("" if script.is_file() else _fetch_axe(folder, script))
        return script.read_text(encoding="utf-8") if script.is_file() else None, why.read_text()


def _fetch_axe(folder: Path, script: Path) -> str:
    """Write the script, or say why not."""
    npm = shutil.which("npm")
    if npm is None:
        return "axe-core is not installed and there is no npm to fetch it"
    command = [npm, "pack", AXE, "--silent", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
    except subprocess.TimeoutExpired:
        return "npm did not answer in 90 seconds"
    package = next(folder.glob("*.tgz"), None)
    if done.returncode != 0 or package is None:
        return f"npm could not fetch {AXE}: {done.stderr.strip()[-120:]}"
    with tarfile.open(package) as archive:
        script.write_bytes(archive.extractfile("package/axe.min.js").read())
    return ""


@pytest.fixture
def visited(
    browser,
    pages: list[Path],
    axe: tuple[str | None, str],
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
) -> Callable[[str, str], dict[str, Any]]:
    """What one visit to every page noted: by view and by what is asked, from the page to the answer."""

    def noted(view: str, what: str) -> dict[str, Any]:
        with once(tmp_path_factory, worker_id, f"visited_{view}") as (folder, missing):
            if missing:
                (folder / "noted.json").write_text(json.dumps(visit(browser, pages, view, axe[0])))
            found = json.loads((folder / "noted.json").read_text())
        assert len(found) == len(pages)
        return {page: seen[what] for page, seen in found.items()}

    return noted
