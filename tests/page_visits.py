"""Every page of a book opened once in each view, and all that the tests ask of it noted on that visit."""

import itertools
from pathlib import Path
from typing import Any

from contrast import CONTRAST

VIEWS = {
    "light": {"viewport": {"width": 1440, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 375, "height": 800}, "color_scheme": "light"},
}
TITLES = "[...document.querySelectorAll('h1')].filter((e) => e.checkVisibility()).length"
WIDTH = "document.documentElement.scrollWidth"
SERIOUS = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.filter((fault) => ["serious", "critical"].includes(fault.impact))
    .map((fault) => `${fault.id}: ${fault.nodes[0].html.slice(0, 120)}`);
}"""


class Watched:
    """A page without a network that keeps what went wrong on it."""

    def __init__(self, browser, **options):
        self.context = browser.new_context(offline=True, **options)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("requestfailed", lambda request: self._failed(request.url, request.failure))
        self.page.on("request", lambda request: self._asked(request.url))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.faults.append(f"{kind}: {text}")

    def _failed(self, url: str, reason: str | None) -> None:
        if reason != "net::ERR_ABORTED":  # the icon was still on its way when the next page was opened
            self.faults.append(f"failed: {url}: {reason}")

    def _asked(self, url: str) -> None:
        if not url.startswith(("file:", "data:", "blob:")):
            self.faults.append(f"outside: {url}")

    def open(self, path: Path, query: str = "") -> None:
        """Open a page and wait until it asks for nothing more."""
        self.page.goto(path.as_uri() + query)
        self.page.wait_for_load_state("networkidle")


def visit(browser, pages: list[Path], view: str, axe: str | None) -> dict[str, dict[str, Any]]:
    """Open every page in one view, as a reader does, and note what it shows once it stands still.

    By the file's name and its folder's: `faults` of the page from its opening on, the `width` that it takes,
    the number of its `titles`; of the wide views the texts that are too `faint`, and of the light one what
    `axe` finds, where its script is given. A page may still ask for something half a second after it has
    loaded: while that time passes, the next page is opened beside it.
    """
    script = axe if view == "light" else None
    tabs = [Watched(browser, **VIEWS[view]) for _ in range(2)]
    noted, opened = {}, []
    for tab, path in zip(itertools.cycle(tabs), [*pages, None]):
        if path is not None:
            tab.page.emulate_media(reduced_motion="no-preference")
            tab.page.goto(path.as_uri())
            opened.append((tab, path))
        if len(opened) == 2 or path is None:
            before, done = opened.pop(0)
            noted["/".join(done.parts[-2:])] = _note(before, contrast=view != "phone", axe=script)
    for tab in tabs:
        tab.context.close()
    return noted


def _note(tab: Watched, *, contrast: bool, axe: str | None) -> dict[str, Any]:
    """Note what the page of a tab shows, and leave the tab without faults for the next one."""
    page = tab.page
    page.evaluate("window.MathJax?.startup?.promise")
    page.wait_for_function("!document.querySelector('[data-widget]:not([data-ready])')")
    page.emulate_media(reduced_motion="reduce")
    seen = {"width": page.evaluate(WIDTH), "titles": page.evaluate(TITLES)}
    if contrast:
        seen["faint"] = page.evaluate(CONTRAST)
    page.wait_for_load_state("networkidle")
    seen["faults"] = list(tab.faults)
    if axe:
        page.evaluate(axe)
        seen["axe"] = page.evaluate(SERIOUS)
        page.goto("about:blank")  # by then all is told that axe, who reads styles for itself, was refused
    tab.faults.clear()
    return seen
