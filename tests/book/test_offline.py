"""Every page in a browser, from file://, with the network off."""

import pytest
from page_visits import VIEWS, Watched

pytestmark = pytest.mark.browser


@pytest.fixture
def watched(browser):
    """Open a page that is watched; all are closed at the end."""
    opened = []

    def start(**options) -> Watched:
        opened.append(Watched(browser, **options))
        return opened[-1]

    yield start
    for each in opened:
        each.context.close()


@pytest.mark.parametrize("view", VIEWS)
def test_no_page_has_an_error_or_asks_anything_of_the_outside(visited, view):
    faults = visited(view, "faults")
    assert not {name: found for name, found in faults.items() if found}


def test_the_address_of_the_book_leads_to_the_front_page(watched, small_book):
    view = watched()
    view.open(small_book / "_build" / "html" / "index.html")
    view.page.wait_for_url("**/book/intro.html")
    assert not view.faults


def test_formulas_are_drawn(watched, small_book):
    view = watched()
    view.open(small_book / "_build" / "html" / "book" / "notation.html")
    view.page.wait_for_selector("mjx-container[jax=SVG] svg")
    drawn = view.page.locator("div.math mjx-container[display=true]:has(svg)").count()
    assert drawn == view.page.locator("div.math").count() >= 35
    assert view.page.locator("mjx-merror, [data-mml-node=merror]").count() == 0
    assert not view.faults


def test_search_finds_words_without_a_server(watched, small_book):
    view = watched()
    view.open(small_book / "_build" / "html" / "search.html", "?q=geodesic")
    view.page.wait_for_selector("#search-results ul.search li")
    assert not view.faults


def test_the_notebook_is_downloaded_and_not_shown(watched, small_book):
    view = watched()
    chapter = next((small_book / "_build" / "html" / "notebooks").glob("*.html"))
    view.open(chapter)
    link = view.page.locator("a.btn-download-source-button")
    assert link.get_attribute("download") is not None
    assert link.get_attribute("target") is None
    assert (chapter.parent / link.get_attribute("href")).resolve().is_file()


def test_light_and_dark_can_be_chosen_by_hand(watched, small_book):
    view = watched(color_scheme="light")
    view.open(small_book / "_build" / "html" / "book" / "intro.html")
    themes = set()
    for _ in range(3):
        themes.add(view.page.evaluate("document.documentElement.dataset.theme"))
        view.page.locator("button.theme-switch-button").first.click()
    assert themes == {"light", "dark"}
    assert not view.faults
