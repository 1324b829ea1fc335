"""The claim explorer filters, orders and opens the scoreboard, which can be read without it."""

import pytest
from companion import ledger
from small_book import some_claim

pytestmark = pytest.mark.browser


@pytest.fixture
def board(browser, small_book):
    contexts = []

    def start(**options):
        contexts.append(browser.new_context(offline=True, **options))
        page = contexts[-1].new_page()
        page.goto((small_book / "_build" / "html" / "book" / "scoreboard.html").as_uri())
        return page

    yield start
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def claims(small_book):
    return ledger.scoreboard(small_book)


def visible(page) -> list[str]:
    """Ids of the claims that are shown, from the top."""
    rows = "[...document.querySelectorAll('table.claims tbody tr')].filter((r) => r.checkVisibility())"
    return page.evaluate(f"{rows}.map((r) => r.id.slice(6))")


def test_without_scripts_every_claim_is_there(board, claims):
    page = board(java_script_enabled=False)
    rows = page.locator("table.claims tbody tr")
    shown = rows.evaluate_all("(all) => all.filter((r) => r.checkVisibility()).map((r) => r.id.slice(6))")
    assert sorted(shown) == sorted(row["id"] for row in claims)
    assert page.locator(".claim-filter").count() == 0


@pytest.mark.parametrize("facet", ["verdict", "confidence"])
def test_a_facet_leaves_the_claims_that_have_it(board, claims, facet):
    page = board()
    value = claims[0][facet]
    page.locator(f".claim-filter select[name={facet}]").select_option(value)
    sections = list(dict.fromkeys(row["document"] for row in claims))  # the page's, one a document
    chosen = [row for row in claims if row[facet] == value]
    expected = [row["id"] for row in sorted(chosen, key=lambda row: sections.index(row["document"]))]
    assert visible(page) == expected
    assert page.locator(".claim-filter output").text_content() == f"{len(expected)} of {len(claims)} claims"


def test_one_document_hides_the_sections_of_the_others(board, claims):
    page = board()
    choice = page.locator(".claim-filter select[name=document]")
    choice.select_option(index=2)
    documents = {row["document"] for row in claims if row["id"] in visible(page)}
    assert len(documents) == 1
    assert visible(page) == [row["id"] for row in claims if row["document"] in documents]


def test_facets_and_words_narrow_each_other_and_reset(board, claims):
    page = board()
    page.locator(".claim-filter select[name=model]").select_option("GAN")
    gans = visible(page)
    page.locator(".claim-filter input").fill("jacobian")
    assert 0 < len(visible(page)) < len(gans) < len(claims)
    page.locator(".claim-filter button").click()
    page.wait_for_function(
        f"document.querySelector('.claim-filter output').textContent === '{len(claims)} claims'"
    )
    assert len(visible(page)) == len(claims)


def test_the_order_by_confidence_begins_with_what_was_read_in_the_document(board, claims):
    page = board()
    page.locator(".claim-filter select[name=order]").select_option("by confidence")
    document = claims[0]["document"]
    marks = {row["id"]: row["confidence"] for row in claims if row["document"] == document}
    shown = [marks[name] for name in visible(page) if name in marks]
    assert shown == sorted(shown, key="PACDS".index)
    assert len(set(shown)) > 1


def test_a_row_opens_its_figure_and_controls_and_escape_closes_it(board, small_book):
    page, claim = board(), some_claim(small_book)
    link = page.locator(f"#claim-{claim.id} a.figure-link")
    link.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    assert dialog.locator("h2").text_content() == claim.statement
    assert dialog.locator("img").evaluate("async (e) => { await e.decode(); return e.naturalWidth; }") > 0
    assert dialog.locator("section", has_text="Controls").locator("li").count() >= 1
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert page.evaluate("document.activeElement.className") == "figure-link"
