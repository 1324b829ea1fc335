"""A small copy of the book for tests: the real pages and extensions, tiny chapters, made-up results."""

import base64
import functools
import json
import os
import shutil
import struct
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from companion import ledger
from companion.widgets.inline import plain_html
from matplotlib.figure import Figure
from ruamel.yaml import YAML
from widget_pages import explorer

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = "02_near_zero_curvature"
PARAMETERS = {"dataset": "mnist", "n_pairs": 12}
SEEDS = (0, 1, 2, 3, 4)
ALT = "A square of one colour"
ASIDE = ":::{admonition} Aside\n:class: dropdown\nWords that are folded away.\n:::"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"


def png(width: int = 320, height: int = 200) -> bytes:
    """Draw a blank picture without any drawing library."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + b"\xff\xff\xff" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def picture() -> Figure:
    """Draw two points, joined."""
    figure = Figure(figsize=(3, 2))
    figure.add_subplot().plot([1, 2], [0.25, 0.75], label="share")
    return figure


def notebook(name: str, *, executed: bool) -> dict:
    """Write a chapter with a formula, parameters, a number, a figure and a reference to it."""
    data = {"image/png": base64.b64encode(png()).decode(), "text/plain": "<Figure>"}
    image = {"output_type": "display_data", "data": data, "metadata": {}}
    caption = {"caption": "**A square.** It says nothing.", "name": f"fig-{name}"}
    parameters = "".join(f"{key} = {value!r}\n" for key, value in PARAMETERS.items())
    cells = [
        _text(
            "title", f"# What does chapter {name[:2]} ask?\n\nIt measures {{eq}}`eq-length-ratio`, $d < D$."
        ),
        _code("parameters", parameters, tags=["parameters"]),
        _code(
            "wide",
            "print(" + " + ".join(f"'number {i}'" for i in range(30)) + ")",
            [_stream("OUTPUT-OF-A-RUN")],
            tags=["hide-input"],
        ),
        _code(
            "figure",
            "run.figure(fig, 'square')",
            [image],
            mystnb={"image": {"alt": ALT}, "figure": caption},
        ),
        _code("widget", "explorer", [_widget()]),
        _text(
            "end",
            f"As {{numref}}`fig-{name}` shows, nothing.\n\n{ASIDE}\n\n$$\\sum_{{i=1}}^{{n}} i = n(n+1)/2$$\n",
        ),
        _text("claims", "```{scoreboard} shao2017\n```"),
    ]
    if not executed:
        for cell in cells:
            if cell["cell_type"] == "code":
                cell.update(outputs=[], execution_count=None)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel} | ({"widgets": {WIDGET_STATE: {"state": {}}}} if executed else {})
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


@functools.cache
def _widget() -> dict:
    widget = explorer()
    data = {"text/plain": "PageWidget", "text/html": plain_html(widget.kind, dict(widget.data), widget.title)}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def lay_out(folder: Path) -> Path:
    """Copy the book's sources, and add chapters, a quick run and recorded runs of one of them."""
    shutil.copytree(ROOT / "book", folder / "book", ignore=shutil.ignore_patterns("recorded", "__pycache__"))
    for name in ("_config.yml", "_toc.yml", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, folder)
    for name in ("lib", "tests", "benchmarks"):  # the equation table and the page of the benchmarks read them
        (folder / name).symlink_to(ROOT / name)
    bind(folder, some_claim(folder))
    toc = yaml.safe_load((folder / "_toc.yml").read_text())
    pages = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    for page in pages:
        path = folder / page
        if page.startswith("notebooks/"):
            path.parent.mkdir(exist_ok=True)
            path.with_suffix(".ipynb").write_text(json.dumps(notebook(path.name, executed=False)))
    profile = {CHAPTER: {**PARAMETERS, "seeds": list(SEEDS)}}
    (folder / "workflow").mkdir()
    (folder / "workflow" / "profiles.yml").write_text(yaml.safe_dump({"quick": profile, "paper": profile}))
    add_run(folder, folder / "results" / "quick" / CHAPTER / "seed-0", "quick", 0)
    for seed in SEEDS:
        add_run(folder, folder / "book" / "recorded" / CHAPTER / f"seed-{seed}", "paper", seed)
    return folder


def bind(folder: Path, claim: ledger.Claim) -> None:
    """Bind the claim to what the small chapter keeps, in the copy of the file of claims."""
    path, yaml_of_all = folder / "book" / "claims.yml", YAML()
    yaml_of_all.width = 10_000  # a key of several words may not be broken over lines
    content = yaml_of_all.load(path)
    own = next(entry for entry in content["claims"] if entry["id"] == claim.id)
    own.update(measured="small.claim", controls={"untrained network": "small.control"})
    yaml_of_all.dump(content, path)


def some_claim(folder: Path) -> ledger.Claim:
    """Pick a claim of the chapter that has runs, with a reported number."""
    claims = ledger.load_claims(folder / "book" / "claims.yml")
    return next(
        claim
        for claim in claims
        if claim.notebook == CHAPTER and isinstance(claim.reported, float) and not claim.untestable
    )


def add_run(folder: Path, directory: Path, profile: str, seed: int) -> None:
    """Leave a finished run: executed notebook, figure and result."""
    directory.mkdir(parents=True)
    (directory / f"{CHAPTER}.ipynb").write_text(json.dumps(notebook(CHAPTER, executed=True)))
    run = ledger.start(CHAPTER, PARAMETERS, profile=profile, seed=seed, root=folder)
    run.directory = directory
    run.figure(picture(), "square", "A square.")
    claim = some_claim(folder)
    run.keep(small={"claim": claim.reported + 0.001 * seed}, n=12, figure="square")
    run.keep(small={"control": 0.5, "pairs_seen": 12})
    path = run.finish()
    result = json.loads(path.read_text())
    result["readings"]["small.claim"]["cell"] = result["figures"]["square"]["cell"] = "figure"
    path.write_text(json.dumps(result))


def build(folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """Build the pages as a reader would, warnings being errors."""
    command = [sys.executable, str(Path(sys.executable).with_name("jupyter-book")), "build", str(folder)]
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PROFILE", "COMPANION_PROFILE", "COMPANION_HOME")
    }
    return subprocess.run(
        [*command, "-W", "--keep-going"],
        cwd=folder,
        env={**inherited, "PYTHONWARNINGS": "ignore", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


class Page(HTMLParser):
    """What a page points at, and the names in it that others can point at."""

    SOURCES = ("img", "script", "source", "video", "iframe")

    def __init__(self, path: Path):
        super().__init__()
        self.names, self.links, self.sources, self.tags = set(), [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.tags.append((tag, found))
        self.names.update(found[name] for name in ("id", "name") if found.get(name))
        if tag in self.SOURCES and found.get("src"):
            self.sources.append(found["src"])
        if tag == "link" and found.get("href"):
            self.sources.append(found["href"])
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])


def broken_targets(html: Path) -> list[str]:
    """List what the pages point at inside the book and is not there, and every source outside of it."""
    pages = {path.resolve(): Page(path) for path in sorted(html.rglob("*.html"))}
    broken = []
    for path, page in pages.items():
        for target in [*page.links, *page.sources]:
            parts = urlsplit(target)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                if target in page.sources:
                    broken.append(f"{path.name}: {target} is outside")
                continue
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not file.is_file():
                broken.append(f"{path.name}: {target} is missing")
            elif parts.fragment and file in pages and unquote(parts.fragment) not in pages[file].names:
                broken.append(f"{path.name}: {target} has no such place")
    return broken


def _text(identity: str, source: str) -> dict:
    return {"id": identity, "cell_type": "markdown", "metadata": {}, "source": source}


def _code(identity: str, source: str, outputs: list[dict] | None = None, **metadata) -> dict:
    cell = {"id": identity, "cell_type": "code", "metadata": metadata, "source": source}
    return {**cell, "execution_count": 1, "outputs": outputs or []}


def _stream(text: str) -> dict:
    return {"output_type": "stream", "name": "stdout", "text": f"{text}\n"}
