"""Words and formulas explain themselves where they are met, and every figure says how it was made."""

import csv
import json
import re

import pytest
from small_book import ALT, CHAPTER


@pytest.fixture
def chapter(small_book):
    return small_book / "_build" / "html" / "notebooks" / f"{CHAPTER}.html"


@pytest.fixture
def read(browser, chapter):
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(chapter.as_uri())
    page.evaluate("window.MathJax?.startup?.promise")
    yield page
    context.close()


def test_a_figure_names_its_run_and_hands_out_its_files(small_book, chapter):
    text = chapter.read_text(encoding="utf-8")
    made = re.search(r'<details class="made">.*?</details>', text, re.DOTALL)[0]
    run = json.loads((small_book / "results" / "quick" / CHAPTER / "seed-0" / "result.json").read_text())
    for value in (run["seed"], run["device"], run["profile"], run["parameters"]["n_pairs"]):
        assert f"<dd>{value}</dd>" in made
    assert 'href="#cell-figure"' in made
    assert 'id="cell-figure"' in text
    links = re.findall(r'href="([^"#]+)" download', made)
    assert {link.rpartition(".")[2] for link in links} >= {"png", "svg", "json"}
    assert all((chapter.parent / link).resolve().is_file() for link in links)


def test_a_figure_hands_out_what_is_drawn_and_says_its_numbers(chapter):
    text = chapter.read_text(encoding="utf-8")
    link = re.search(r'href="([^"#]+\.csv)" download>what is drawn', text)[1]
    rows = list(csv.DictReader((chapter.parent / link).read_text().splitlines()))
    assert [(row["series"], row["x"], row["y"]) for row in rows] == [
        ("share", "1", "0.25"),
        ("share", "2", "0.75"),
    ]
    alt = re.search(r'<img alt="([^"]*)"[^>]*_images', text)[1]
    assert alt == f"{ALT} Panel 1: share 0.25 at 1, 0.75 at 2."


@pytest.mark.browser
@pytest.mark.parametrize("how", ["pointer", "keyboard"])
def test_a_word_of_the_field_says_what_it_means(browser, small_book, how):
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((small_book / "_build" / "html" / "book" / "intro.html").as_uri())
    term = page.locator(".term").first
    term.hover() if how == "pointer" else term.focus()
    tip = page.locator("[role=tooltip]")
    assert len(tip.text_content().split()) >= 5
    assert term.get_attribute("aria-describedby") == tip.get_attribute("id")
    words = page.locator(".term").evaluate_all("(all) => all.map((e) => e.textContent)")
    assert len(words) == len(set(words)) >= 3
    context.close()


@pytest.mark.browser
def test_a_reference_to_a_formula_shows_it(read):
    link = read.locator("article a.reference[href*='#equation-eq-length-ratio']").first
    link.hover()
    read.wait_for_selector("[role=tooltip] mjx-container svg")
    read.mouse.move(0, 0)
    read.wait_for_selector("[role=tooltip]", state="hidden")
