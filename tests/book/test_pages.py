"""What a reader sees: phones, both themes, contrast, the keyboard."""

import pytest
from page_visits import VIEWS

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(browser):
    """Open a page of given width and theme, with its formulas drawn and nothing moving."""
    contexts = {}

    def start(path, width: int = 1440, scheme: str = "light"):
        if (width, scheme) not in contexts:
            size = {"width": width, "height": 800}
            contexts[width, scheme] = browser.new_context(
                offline=True, viewport=size, color_scheme=scheme, reduced_motion="reduce"
            )
            contexts[width, scheme].new_page()
        page = contexts[width, scheme].pages[0]
        page.goto(path.as_uri())
        page.evaluate("window.MathJax?.startup?.promise")
        return page

    yield start
    for context in contexts.values():
        context.close()


def test_no_page_scrolls_sideways_on_a_phone(visited):
    widths = visited("phone", "width")
    assert not {name: width for name, width in widths.items() if width > 375}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(visited, scheme):
    faint = visited(scheme, "faint")
    assert not {name: found for name, found in faint.items() if found}


def test_dark_pages_are_dark_and_figures_keep_their_white_ground(opened, small_book):
    page = opened(next((small_book / "_build" / "html" / "notebooks").glob("02*.html")), scheme="dark")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(value) for value in ground[4:-1].split(",")[:3]) < 64
    figure = page.locator("figure img").first
    assert figure.evaluate("(e) => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"


def test_lines_of_prose_are_of_a_length_that_can_be_read(opened, small_book):
    page = opened(small_book / "_build" / "html" / "book" / "reproducing.html")
    widths = page.locator("article section > p").evaluate_all("(all) => all.map((e) => e.offsetWidth)")
    size = page.locator("article p").first.evaluate("(e) => parseFloat(getComputedStyle(e).fontSize)")
    assert max(widths) <= 38 * size


def test_the_keyboard_reaches_the_text_first_and_shows_where_it_is(opened, small_book):
    page = opened(small_book / "_build" / "html" / "book" / "intro.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert float(outline.removesuffix("px")) >= 2


def test_claims_are_cards_with_labels_on_a_phone(opened, small_book):
    page = opened(small_book / "_build" / "html" / "book" / "scoreboard.html", 375)
    cell = page.locator("table.claims tbody td[data-label=Reported]").first
    assert cell.evaluate("(e) => getComputedStyle(e, '::before').content") == '"Reported"'
    assert cell.evaluate("(e) => getComputedStyle(e).display") == "grid"


@pytest.mark.parametrize("view", VIEWS)
def test_every_page_shows_one_title(visited, view):
    titles = visited(view, "titles")
    assert set(titles.values()) == {1}, titles


def test_verdicts_have_words_beside_their_colour(opened, small_book):
    page = opened(small_book / "_build" / "html" / "book" / "scoreboard.html")
    texts = page.locator("table.claims .verdict").evaluate_all(
        "(all) => all.map((e) => e.textContent.trim())"
    )
    assert texts
    assert all(texts)
