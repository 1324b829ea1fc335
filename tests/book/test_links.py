"""Links, anchors and files of the built pages."""

import shutil
from urllib.parse import urlsplit

import yaml
from small_book import ALT, Page, broken_targets


def test_every_link_and_anchor_leads_somewhere_inside_the_book(small_book):
    assert not broken_targets(small_book / "_build" / "html")


def test_a_vendored_script_that_is_missing_is_noticed(small_book, tmp_path):
    html = shutil.copytree(small_book / "_build" / "html", tmp_path / "html")
    (html / "_static" / "mathjax" / "tex-svg.js").unlink()
    assert any("tex-svg.js" in line and line.endswith("missing") for line in broken_targets(html))


def test_no_script_style_or_picture_is_named_outside_the_book(pages):
    sources = [source for page in pages for source in Page(page).sources]
    assert not [source for source in sources if urlsplit(source).scheme not in ("", "data")]


def test_no_page_mentions_a_content_network(pages):
    networks = ("unpkg.com", "cdn.jsdelivr.net", "cdnjs.cloudflare.com", "fonts.googleapis", "require.min.js")
    texts = {page: page.read_text(encoding="utf-8") for page in pages}
    assert not [(page.name, word) for page, text in texts.items() for word in networks if word in text]


def test_launch_buttons_lead_to_the_clean_sources(small_book, pages):
    repository = yaml.safe_load((small_book / "_config.yml").read_text())["repository"]["url"]
    launched = [
        (page, link) for page in pages for link in Page(page).links if "colab.research.google.com" in link
    ]
    chapters = sorted((small_book / "notebooks").glob("*.ipynb"))
    assert len(launched) == len(chapters)
    owner = urlsplit(repository).path
    for page, link in launched:
        assert f"/github{owner}/blob/main/notebooks/{page.stem}.ipynb" in link
        assert '"outputs": []' in (small_book / "notebooks" / f"{page.stem}.ipynb").read_text()


def test_pages_name_their_language_and_have_one_main_part(pages):
    for page in pages:
        tags = Page(page).tags
        assert dict(tags)["html"]["lang"] == "en"
        assert [tag for tag, _ in tags].count("main") == 1, page


def test_every_picture_has_a_text_in_its_place(small_book, pages):
    pictures = [(page, found) for page in pages for tag, found in Page(page).tags if tag == "img"]
    assert not [(page.name, found) for page, found in pictures if "alt" not in found]
    described = {found["alt"] for _, found in pictures}
    assert any(text.startswith(ALT) for text in described)  # its numbers may follow
    logos = [found for _, found in pictures if found["alt"] == ""]
    assert all("logo" in found["class"] for found in logos)
