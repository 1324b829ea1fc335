"""Pages that load quickly: no icon and no style that no page shows, and pictures as small as they go.

The theme brings every icon of its set, 1.5 MB, for the dozen that it draws, the same icons as fonts, and
styles for parts that this book does not have. A figure is shown as WebP, whichever of exact and nearly exact
is smaller; as it was drawn it is among the files under it (`figure_origin`). What a page then weighs is part
of the build: one that is too heavy is a warning, which fails it.
"""

import io
import re
from pathlib import Path

from page_weight import MOST_BYTES, weights
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util import logging

ICONS = Path("_static") / "scripts" / "fontawesome.js"
ICON = re.compile(r'"?([a-z0-9-]+)"?:\[\d+,\d+,\[([^\]]*)\],"[0-9a-f]+",(?:"[^"]*"|\["[^"]*","[^"]*"\])\],?')
USED = re.compile(r"\bfa-([a-z0-9-]+)")
FONT = re.compile(r"@font-face\s*\{[^}]*Font ?Awesome[^}]*\}")
TITLE = re.compile(r'(<i class="theme-switch[^>]*?)\s+title="[^"]*"')
SEARCH = re.compile(
    r'<script src="[./]*(?:_static/(?:searchtools|language_data)|searchindex)\.js"></script>\s*'
)
PICTURE = re.compile(r"_images/([\w.-]+)\.png")
QUALITY = 85  # of a nearly exact picture, of 100
THEME = ("styles/pydata-sphinx-theme.css", "sphinx-design.min.css", "mystnb.*.css")
RULE = re.compile(r"([^{}@;]+)\{([^{}]*)\}")
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
WORD = re.compile(r"[\w-]+")
COMPOSED = "bs-"  # the scripts put names together that begin so
PUBLISHED = ("smoke", "quick")  # profiles whose pages must be light
logger = logging.getLogger(__name__)


def without_unused(script: str, used: set[str]) -> str:
    """Drop the icons whose name and aliases are not among the used ones."""

    def keep(match: re.Match) -> str:
        names = {match[1], *re.findall(r'"([a-z0-9-]+)"', match[2])}
        return match[0] if names & used else ""

    return ICON.sub(keep, script)


def without_unused_styles(style: str, words: set[str]) -> str:
    """Drop the selectors that ask for a class which is not among the words of any page or script."""

    def wanted(selector: str) -> bool:
        names = CLASS.findall(re.sub(r"\([^()]*\)", "", selector))
        return all(name in words or name.startswith(COMPOSED) for name in names)

    def keep(match: re.Match) -> str:
        kept = [part for part in re.split(r",(?![^(]*\))", match[1]) if wanted(part)]
        return f"{','.join(kept)}{{{match[2]}}}" if kept else ""

    return RULE.sub(keep, style)


def smallest(content: bytes) -> bytes | None:
    """Turn a PNG picture into WebP, on white; None where that does not make it smaller."""
    picture = Image.open(io.BytesIO(content)).convert("RGBA")
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture)
    made = []
    for options in ({"lossless": True}, {"quality": QUALITY}):
        stream = io.BytesIO()
        ground.convert("RGB").save(stream, format="webp", method=4, **options)
        made.append(stream.getvalue())
    best = min(made, key=len)
    return best if len(best) < len(content) else None


def _finish(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    turned = _pictures(out / "_images")
    for path in out.rglob("*.html"):
        text = TITLE.sub(
            r"\1", path.read_text(encoding="utf-8")
        )  # a second name inside a button that has one
        text = text if path.name == "search.html" else SEARCH.sub("", text)  # no page searches as one types
        path.write_text(
            PICTURE.sub(lambda m: f"_images/{m[1]}.webp" if m[1] in turned else m[0], text), encoding="utf-8"
        )
    _drop_unused(out)
    for page, weight in weights(out).items():
        if weight > MOST_BYTES and app.config.companion_profile in PUBLISHED:
            logger.warning(f"page: {page} weighs {weight:,} bytes, expected at most {MOST_BYTES:,}")


def _pictures(folder: Path) -> set[str]:
    """Turn the pictures of a folder into WebP, and name those that are."""
    for path in folder.glob("*.png"):
        found = smallest(path.read_bytes())
        if found is not None:
            path.with_suffix(".webp").write_bytes(found)
            path.unlink()
    return {path.stem for path in folder.glob("*.webp")}


def _drop_unused(out: Path) -> None:
    """Drop icons and styles that no page and no script asks for."""
    icons, static = out / ICONS, out / "_static"
    paths = [path for path in (*out.rglob("*.html"), *out.rglob("*.js")) if path != icons]
    texts = [
        path.read_text(encoding="utf-8", errors="replace") for path in paths if "mathjax" not in path.parts
    ]
    if icons.is_file():
        used = {name for text in texts for name in USED.findall(text)}
        icons.write_text(without_unused(icons.read_text(encoding="utf-8"), used), encoding="utf-8")
    words = {word for text in texts for word in WORD.findall(text)}
    for path in (path for pattern in THEME for path in static.glob(pattern)):
        style = FONT.sub("", path.read_text(encoding="utf-8"))
        path.write_text(without_unused_styles(style, words), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", _finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
