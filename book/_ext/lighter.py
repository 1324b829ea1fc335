"""Pages that load quickly: icons that no page shows are left out, and pictures get a palette.

The theme brings every icon of its set, 1.5 MB, for the dozen that it draws, and the same icons as fonts. A
figure without a palette, as it was drawn, is among the files under it (`figure_origin`).
"""

import io
import re
from pathlib import Path

from PIL import Image
from sphinx.application import Sphinx

ICONS = Path("_static") / "scripts" / "fontawesome.js"
ICON = re.compile(r'"?([a-z0-9-]+)"?:\[\d+,\d+,\[([^\]]*)\],"[0-9a-f]+",(?:"[^"]*"|\["[^"]*","[^"]*"\])\],?')
USED = re.compile(r"\bfa-([a-z0-9-]+)")
STYLE = Path("_static") / "styles" / "pydata-sphinx-theme.css"
FONT = re.compile(r"@font-face\s*\{[^}]*Font ?Awesome[^}]*\}")
TITLE = re.compile(r'(<i class="theme-switch[^>]*?)\s+title="[^"]*"')
COLOURS = 256
WORTH = 40_000  # bytes, below which a picture is left as it is


def without_unused(script: str, used: set[str]) -> str:
    """Drop the icons whose name and aliases are not among the used ones."""

    def keep(match: re.Match) -> str:
        names = {match[1], *re.findall(r'"([a-z0-9-]+)"', match[2])}
        return match[0] if names & used else ""

    return ICON.sub(keep, script)


def with_palette(content: bytes) -> bytes:
    """Give a PNG picture a palette; where that does not make it smaller, return it as it is."""
    picture = Image.open(io.BytesIO(content))
    if picture.mode == "P":
        return content
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A") if "A" in picture.getbands() else None)
    stream = io.BytesIO()
    ground.quantize(COLOURS, dither=Image.Dither.FLOYDSTEINBERG).save(stream, format="png", optimize=True)
    return min(content, stream.getvalue(), key=len)


def _finish(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    icons = out / ICONS
    texts = [path for path in (*out.rglob("*.html"), *out.rglob("*.js")) if path != icons]
    used = {
        name for path in texts for name in USED.findall(path.read_text(encoding="utf-8", errors="replace"))
    }
    if icons.is_file():
        icons.write_text(without_unused(icons.read_text(encoding="utf-8"), used), encoding="utf-8")
    style = out / STYLE
    if style.is_file():
        style.write_text(FONT.sub("", style.read_text(encoding="utf-8")), encoding="utf-8")
    for path in out.rglob("*.html"):  # a second name inside a button that has one
        text = path.read_text(encoding="utf-8")
        path.write_text(TITLE.sub(r"\1", text), encoding="utf-8")
    for path in (out / "_images").glob("*.png"):
        content = path.read_bytes()
        if len(content) > WORTH:
            path.write_bytes(with_palette(content))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", _finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
