"""Links, anchors and files of the built pages."""

import re
import shutil
import xml.etree.ElementTree as ET
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from small_book import ALT, CHAPTER, Page, broken_targets, build
from sphinx.errors import ExtensionError

ADDRESS = "https://github.com/someone/geometry"


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


def test_without_an_address_nothing_leads_to_a_repository(small_book, pages):
    html = small_book / "_build" / "html"
    assert not [link for page in pages for link in Page(page).links if "colab.research.google.com" in link]
    buttons = {link for page in pages for link in Page(page).links if re.search(r"/issues|github\.com", link)}
    assert not buttons
    assert not (html / "sitemap.xml").exists()
    texts = [page.read_text(encoding="utf-8") for page in pages]
    assert not [text for text in texts if 'property="og:url"' in text or 'property="og:image"' in text]
    assert all('property="og:title"' in text for text in texts)
    chapter = (html / "notebooks" / f"{CHAPTER}.html").read_text(encoding="utf-8")
    assert "btn-download-source-button" in chapter


@pytest.fixture(scope="module")
def addressed(small_book, tmp_path_factory):
    """The small book once more, with an address in its settings."""
    folder = tmp_path_factory.mktemp("addressed") / "book"
    shutil.copytree(small_book, folder, symlinks=True)
    settings = folder / "_config.yml"
    settings.write_text(settings.read_text().replace('  url: ""', f"  url: {ADDRESS}"))
    done = build(folder)
    assert done.returncode == 0, done.stdout[-3000:]
    return folder


def test_launch_buttons_lead_to_the_clean_sources(addressed):
    html = addressed / "_build" / "html"
    launched = [
        (page.stem, link)
        for page in html.rglob("*.html")
        for link in Page(page).links
        if "colab.research.google.com" in link
    ]
    chapters = {path.stem for path in (addressed / "notebooks").glob("*.ipynb")}
    assert {name for name, _ in launched} == chapters
    for name, link in launched:
        assert f"/github{urlsplit(ADDRESS).path}/blob/main/notebooks/{name}.ipynb" in link
        assert '"outputs": []' in (addressed / "notebooks" / f"{name}.ipynb").read_text()


def test_a_page_leads_to_the_repository_and_its_issues(addressed):
    links = Page(addressed / "_build" / "html" / "book" / "intro.html").links
    assert ADDRESS in links
    assert any(link.startswith(f"{ADDRESS}/issues/new") for link in links)


def test_the_sitemap_lists_every_page_and_pages_have_a_preview(addressed):
    html, site = addressed / "_build" / "html", "https://someone.github.io/geometry/"
    places = [entry.text for entry in ET.parse(html / "sitemap.xml").iter() if entry.tag.endswith("loc")]
    written = {
        path.relative_to(html).as_posix()
        for folder in ("book", "notebooks")
        for path in (html / folder).rglob("*.html")
    }
    assert {place.removeprefix(site) for place in places} == written
    text = (html / "notebooks" / f"{CHAPTER}.html").read_text(encoding="utf-8")
    image = re.search(rf'<meta property="og:image" content="{site}([^"]+)"', text)[1]
    assert (html / image).is_file()
    assert f"What does chapter {CHAPTER[:2]} ask?" in re.search(r'og:title" content="([^"]*)"', text)[1]


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("", None),
        ("https://github.com/Some/thing", "https://some.github.io/thing/"),
        ("https://gitlab.com/a/b", "https://a.gitlab.io/b/"),
        ("https://bitbucket.org/a/b", None),
    ],
)
def test_the_address_of_the_pages_follows_from_that_of_the_repository(extension, url, site):
    config = SimpleNamespace(html_theme_options={"repository_url": url}, html_baseurl=None)
    extension("address")._offer(None, config)
    options = config.html_theme_options
    assert config.html_baseurl == site
    assert options["use_repository_button"] is options["use_issues_button"] is bool(url)
    assert ("colab_url" in options["launch_buttons"]) is ("github" in url)


def test_an_unknown_kind_of_address_is_one_clear_error(extension):
    config = SimpleNamespace(html_theme_options={"repository_url": "https://example.org/a/b"})
    with pytest.raises(ExtensionError, match=r"^repository\.url: got .*, expected https:"):
        extension("address")._offer(None, config)


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
