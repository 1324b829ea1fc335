"""The small book, built once for all workers, and a browser without a network."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from small_book import build, lay_out

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def small_book(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Folder of the small book's sources, with its pages in `_build/html`."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "small_book"
    with FileLock(f"{folder}.lock"):
        if not (folder / "built").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            done = build(lay_out(folder))
            assert done.returncode == 0, done.stdout[-4000:]
            (folder / "built").touch()
    return folder


@pytest.fixture(scope="session")
def pages(small_book: Path) -> list[Path]:
    """Every page of the small book but the one that only leads on to the first; of the sources one."""
    html = small_book / "_build" / "html"
    sources = sorted((html / "_modules").rglob("*.html"))
    return [path for path in sorted(html.rglob("*.html")) if path not in (html / "index.html", *sources[1:])]


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
