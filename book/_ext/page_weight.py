"""What a browser has to read for a page: the page itself, its scripts, styles and pictures."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

MOST_BYTES = 2_000_000  # beside MathJax, which every page shares
IMPORT = re.compile(r"""@import\s+(?:url\()?["']?([^"')]+)""")
LOADED = {"stylesheet", "icon", "preload", "modulepreload"}


class _Files(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        if tag in ("img", "script", "source"):
            self.names.add(found.get("src") or "")
        if tag == "link" and LOADED & set((found.get("rel") or "").split()):
            self.names.add(found.get("href") or "")


def files(page: Path) -> list[Path]:
    """List the files that a page loads, itself first, without MathJax."""
    reader = _Files()
    reader.feed(page.read_text(encoding="utf-8"))
    named = {name for name in reader.names if name and not name.startswith("data:")}
    found = {_path(page, name) for name in named}
    found |= {
        _path(style, name)
        for style in found
        if style.suffix == ".css" and style.is_file()
        for name in IMPORT.findall(style.read_text(encoding="utf-8"))
    }
    return [page, *sorted(path for path in found if path.is_file() and "mathjax" not in path.parts)]


def _path(origin: Path, name: str) -> Path:
    return (origin.parent / unquote(urlsplit(name).path)).resolve()


def weights(html: Path) -> dict[str, int]:
    """Weigh every page of a book, in bytes, by its address within the book."""
    pages = [path for path in sorted(html.rglob("*.html")) if "_static" not in path.relative_to(html).parts]
    return {
        path.relative_to(html).as_posix(): sum(file.stat().st_size for file in files(path)) for path in pages
    }
