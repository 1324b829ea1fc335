"""What a reader sees: phones, both themes, contrast, the keyboard."""

import pytest

pytestmark = pytest.mark.browser

CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255, 255];
  };
  const faint = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement, style = getComputedStyle(element);
    const seen = element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
    if (!node.textContent.trim() || !seen) continue;
    if (element.closest("script, style, svg, mjx-container, .visually-hidden, .headerlink")) continue;
    const [a, b] = [light(rgba(style.color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize), bold = parseInt(style.fontWeight) >= 700;
    if (ratio < (size >= 24 || (size >= 18.66 && bold) ? 3 : 4.5)) {
      const words = node.textContent.trim().slice(0, 40);
      faint.set(element.className || element.tagName, [ratio.toFixed(2), words]);
    }
  }
  return Object.fromEntries(faint);
}"""


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


def test_no_page_scrolls_sideways_on_a_phone(opened, pages):
    wide = {path.name: opened(path, 375).evaluate("document.documentElement.scrollWidth") for path in pages}
    assert not {name: width for name, width in wide.items() if width > 375}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(opened, pages, scheme):
    faint = {path.name: opened(path, scheme=scheme).evaluate(CONTRAST) for path in pages}
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


def test_every_page_shows_one_title(opened, pages):
    count = "[...document.querySelectorAll('h1')].filter((e) => e.checkVisibility()).length"
    titles = {path.name: opened(path).evaluate(count) for path in pages}
    assert set(titles.values()) == {1}, titles


def test_verdicts_have_words_beside_their_colour(opened, small_book):
    page = opened(small_book / "_build" / "html" / "book" / "scoreboard.html")
    texts = page.locator("table.claims .verdict").evaluate_all(
        "(all) => all.map((e) => e.textContent.trim())"
    )
    assert texts
    assert all(texts)
