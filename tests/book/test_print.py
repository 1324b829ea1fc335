"""On paper a page loses nothing but motion."""

import pytest
from contrast import CONTRAST
from small_book import CHAPTER

pytestmark = pytest.mark.browser

WIDTH = 700  # CSS pixels between the margins of a sheet
FOLDED = "document.querySelectorAll('main details:not([open])').length"
UNSEEN = """() => {
  const unseen = [];
  const walker = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement, words = node.textContent.trim();
    if (!words || element.closest("script, style, button, .visually-hidden, .headerlink")) continue;
    if (element.closest(".lg-controls, .lg-spoken, details.hide > summary, mjx-assistive-mml")) continue;
    if (element.closest("h1, td.empty, .lg-numbers div:has(dd:empty)")) continue; // the title stands above
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    const seen = element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) && box.width > 0;
    if (!seen || box.right > innerWidth + 1) unseen.push(words.slice(0, 60));
  }
  return unseen;
}"""


@pytest.fixture
def sheet(browser, small_book):
    """A chapter as it is printed."""
    context = browser.new_context(
        offline=True, color_scheme="dark", viewport={"width": WIDTH, "height": 1000}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto((small_book / "_build" / "html" / "notebooks" / f"{CHAPTER}.html").as_uri())
    page.evaluate("window.MathJax?.startup?.promise")
    page.wait_for_selector("[data-widget][data-ready]")
    yield page
    context.close()


def test_what_is_folded_on_the_screen_is_unfolded_on_paper_and_only_there(sheet):
    folded = sheet.evaluate(FOLDED)
    assert folded >= 2
    assert "Words that are folded away." in " ".join(sheet.evaluate(UNSEEN))
    sheet.emulate_media(media="print")
    sheet.wait_for_function(f"{FOLDED} === 0")
    assert sheet.evaluate(UNSEEN) == []
    titles = "[...document.querySelectorAll('h1')].filter((e) => e.checkVisibility()).length"
    assert sheet.evaluate(titles) == 1
    sheet.emulate_media(media="screen")
    sheet.wait_for_function(f"{FOLDED} === {folded}")


def test_paper_is_white_in_a_dark_theme_too(sheet):
    assert sheet.evaluate("document.documentElement.dataset.theme") == "dark"
    sheet.emulate_media(media="print", color_scheme="dark")
    sheet.wait_for_function("document.documentElement.dataset.theme === 'light'")
    assert sheet.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert sheet.evaluate("getComputedStyle(document.querySelector('article p')).color") == "rgb(0, 0, 0)"
    assert sheet.evaluate(CONTRAST) == {}


def test_a_widget_is_printed_as_the_picture_that_it_shows(sheet):
    sheet.emulate_media(media="print")
    canvas = sheet.locator(".lg-explorer canvas.lg-map")
    assert canvas.is_visible()
    drawn = "(c) => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    assert canvas.evaluate(drawn) > 8
    assert sheet.locator(".lg-numbers dd").first.is_visible()
    assert not sheet.locator(".lg-controls select").first.is_visible()


def test_a_pdf_has_the_pages_of_everything(sheet):
    sheet.evaluate("addEventListener('beforeprint', () => setTimeout(() => { document.title = 'printed'; }))")
    pdf = sheet.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page>>") + pdf.count(b"/Type /Page ") >= 2
    assert sheet.title() == "printed"
