"""How long does a page of the book take to show something, and a widget to answer a hand that moves it?

    .venv/bin/python benchmarks/pages.py

It opens the pages of `make book` from the disk, in Chromium, each time with an empty cache.
"""

import shutil
import statistics
import sys
from pathlib import Path

from common import arguments, show, write
from playwright.sync_api import Browser, Page, sync_playwright

QUESTION = __doc__.strip().splitlines()[0]
ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "_build" / "html"
MOVES = 40
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
sys.path.append(str(ROOT / "book" / "_ext"))


def opened(browser: Browser, path: Path) -> Page:
    """Open a page in a profile of its own."""
    page = browser.new_context(offline=True, viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(120_000)
    page.goto(path.as_uri())
    page.wait_for_function(f"({PAINT}) !== null")
    return page


def moves(page: Page) -> list[float]:
    """Drag a handle of the latent explorer in steps, and list the milliseconds that each answer took."""
    page.wait_for_selector("[data-widget='latent-explorer'][data-ready]")
    page.locator("[data-widget='latent-explorer'] .lg-handle").first.scroll_into_view_if_needed()
    box = page.locator("[data-widget='latent-explorer'] .lg-map").first.bounding_box()
    handle = page.locator("[data-widget='latent-explorer'] .lg-handle").first.bounding_box()
    page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    took = []
    for step in range(MOVES):
        share = 0.2 + 0.6 * step / MOVES
        page.mouse.move(box["x"] + share * box["width"], box["y"] + (1 - share) * box["height"])
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        took.append(float(page.locator("[data-widget='latent-explorer']").get_attribute("data-milliseconds")))
    page.mouse.up()
    return took


def measured(browser: Browser, path: Path, weight: int, repeats: int) -> dict:
    """Measure one page."""
    paints, took = [], []
    for i in range(repeats):
        page = opened(browser, path)
        paints.append(page.evaluate(PAINT))
        if i == 0 and page.locator("[data-widget='latent-explorer']").count():
            took = moves(page)
        page.context.close()
    row = {"page": path.relative_to(PAGES).as_posix(), "bytes": weight}
    row |= {"paint_ms": {"median": statistics.median(paints), "min": min(paints), "max": max(paints)}}
    if took:
        row["move_ms"] = {"median": statistics.median(took), "min": min(took), "max": max(took)}
    return row


def main() -> int:
    options = arguments(QUESTION)
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None or not PAGES.is_dir():
        print("pages: needs Chromium, and the pages of `make book`", file=sys.stderr)
        return 1
    from page_weight import weights

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        rows = [
            measured(browser, PAGES / name, weight, options.repeats)
            for name, weight in weights(PAGES).items()
            if name.startswith(("notebooks/", "book/"))
        ]
        browser.close()
    show(rows, {"page": "", "bytes": ","})
    write("pages", QUESTION, rows, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
