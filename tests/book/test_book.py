"""The book as it is built: executed chapters, the scoreboard, claims.json, and what stops a build."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from companion import ledger
from companion.ledger.claim import COUNTED
from companion.ledger.judging.outcomes import OUTCOMES
from companion.widgets.assets import SCRIPTS, STYLE
from small_book import CHAPTER, ROOT, WIDGET_STATE, build, lay_out, some_claim


@pytest.fixture
def html(small_book):
    return small_book / "_build" / "html"


def _page(html, name: str) -> str:
    return (html / f"{name}.html").read_text(encoding="utf-8")


def test_the_page_of_a_chapter_shows_the_executed_notebook(small_book, html):
    assert "OUTPUT-OF-A-RUN" not in (small_book / "notebooks" / f"{CHAPTER}.ipynb").read_text()
    page = _page(html, f"notebooks/{CHAPTER}")
    assert "OUTPUT-OF-A-RUN" in page
    assert "has not been run" not in page


def test_a_chapter_without_a_run_says_so(small_book, html):
    others = [path.stem for path in (small_book / "notebooks").glob("*.ipynb") if path.stem != CHAPTER]
    assert others
    for name in others:
        page = _page(html, f"notebooks/{name}")
        assert "This chapter has not been run" in page
        assert "OUTPUT-OF-A-RUN" not in page


def test_a_page_with_a_widget_has_its_scripts_and_no_saved_state(html):
    page = _page(html, f"notebooks/{CHAPTER}")
    assert page.count("data-widget=") == 1
    for path in (*SCRIPTS, STYLE):
        assert f"_static/widgets/{path.name}" in page
        served = (html / "_static" / "widgets" / path.name).read_text(encoding="utf-8").splitlines()
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        code = [line for line in lines if line and not line.startswith(("//", "/*", "* ", "*/"))]
        assert served == code
    assert WIDGET_STATE not in page


def test_a_page_without_a_widget_loads_none_of_its_scripts(html):
    assert "_static/widgets/" not in _page(html, "book/intro")


def test_claims_json_is_the_scoreboard(small_book, html):
    written = json.loads((html / "claims.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(ledger.scoreboard(small_book)))


def test_the_scoreboard_has_a_row_for_every_claim(small_book, html):
    page = _page(html, "book/scoreboard")
    rows = re.findall(r'<tr role="row" id="claim-([a-z0-9-]+)" data-verdict="([a-z-]+)"', page)
    expected = [(row["id"], row["verdict"].replace(" ", "-")) for row in ledger.scoreboard(small_book)]
    assert sorted(rows) == sorted(expected)


def test_a_chapter_may_show_the_claims_of_one_document(small_book, html):
    page = _page(html, f"notebooks/{CHAPTER}")
    shown = re.findall(r'<tr role="row" id="claim-([a-z0-9-]+)"', page)
    rows = ledger.scoreboard(small_book)
    assert shown == [row["id"] for row in rows if row["document"] == "shao2017"]
    assert shown


def test_a_measured_claim_shows_mean_interval_seeds_and_figure(small_book, html):
    claim = some_claim(small_book)
    row = next(row for row in ledger.scoreboard(small_book) if row["id"] == claim.id)
    text = re.search(rf'id="claim-{claim.id}".*?</tr>', _page(html, "book/scoreboard"), re.DOTALL)[0]
    assert f"{row['measured']:.4g}" in text
    assert "5 seeds" in text
    assert "1 seed" in text
    figure = re.search(r'href="\.\./(figures/[^"]+\.png)"', text)[1]
    assert (html / figure).is_file()
    assert row["verdict"] in text


def test_the_front_page_counts_every_verdict(small_book, html):
    rows = ledger.scoreboard(small_book)
    counts = Counter(row["verdict"] for row in rows if row["counted_as"] == COUNTED[0])
    page = _page(html, "book/intro")
    tiles = dict(re.findall(r'<li class="tile verdict-([a-z-]+)"><b>(\d+)</b>', page))
    assert tiles == {name.replace(" ", "-"): str(counts[name]) for name in OUTCOMES}


def test_numbers_in_the_prose_come_from_the_run(html):
    page = _page(html, "book/reproducing")
    assert "compared 12 pairs of codes" in page


def _break_claims(folder, change) -> str:
    path = folder / "book" / "claims.yml"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    done = build(folder)
    assert done.returncode != 0
    return done.stdout


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / "book_to_break"
    folder.mkdir()
    return lay_out(folder)


def test_a_claim_id_that_stands_twice_stops_the_build(copy):
    name = some_claim(copy).id
    other = next(c.id for c in ledger.load_claims(copy / "book" / "claims.yml") if c.id != name)
    output = _break_claims(copy, lambda text: re.sub(rf"\bid: {other}\b", f"id: {name}", text, count=1))
    assert re.search(rf"ledger: claims\.yml:\d+: {name}: got a second claim", output)


def test_a_claim_that_is_bound_to_no_expression_stops_the_build(copy):
    name = some_claim(copy).id
    output = _break_claims(
        copy, lambda text: text.replace("measured: small.claim\n", "measured: small.claim +\n")
    )
    assert f"{name}: got expression 'small.claim +', which cannot be parsed" in output


def test_a_new_run_changes_the_page_of_its_chapter(small_book, tmp_path):
    folder = tmp_path / "again"
    shutil.copytree(small_book, folder, symlinks=True)
    run = folder / "results" / "quick" / CHAPTER / "seed-0" / f"{CHAPTER}.ipynb"
    run.write_text(run.read_text().replace("OUTPUT-OF-A-RUN", "OUTPUT-OF-ANOTHER-RUN"))
    done = build(folder)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "OUTPUT-OF-ANOTHER-RUN" in _page(folder / "_build" / "html", f"notebooks/{CHAPTER}")


def test_plain_sphinx_builds_the_same_pages(small_book, html, tmp_path):
    folder, plain = tmp_path / "book", tmp_path / "html"
    shutil.copytree(small_book, folder, symlinks=True, ignore=shutil.ignore_patterns("_build"))
    program = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "lib"), str(folder / "book" / "_ext")]),
    }
    for command in (
        [program / "jupyter-book", "config", "sphinx", folder],
        [program / "sphinx-build", "-q", "-W", "--keep-going", "-b", "html", folder, plain],
    ):
        done = subprocess.run(
            [sys.executable, *map(str, command)], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    pages = {str(path.relative_to(html)) for path in html.rglob("*.html")} - {"index.html"}
    assert {str(path.relative_to(plain)) for path in plain.rglob("*.html")} - {"index.html"} == pages
    changed = [page for page in sorted(pages) if main(plain / page) != main(html / page)]
    assert changed == []


def main(path: Path) -> str:
    """The part of a page between its head and its foot."""
    return path.read_text(encoding="utf-8").partition("<main")[2].partition("</main>")[0]
