"""Every public name of the library is on a page of the book, with its signature, formulas and source."""

import ast
import importlib
import inspect
import pkgutil
import re

import pullback
import pytest
import yaml
from docutils.core import publish_doctree

MODULES = ["pullback", *(found.name for found in pkgutil.walk_packages(pullback.__path__, "pullback."))]
TAG = re.compile(r"<(pre|code|dt|script|style|svg)\b.*?</\1>|<[^>]*>", re.DOTALL)
PUBLIC = [name for name in MODULES if not any(part.startswith("_") for part in name.split("."))]


def defined(name):
    """Full names of what a module defines itself: all that it holds but what it imports."""
    module = importlib.import_module(name)
    tree = ast.parse(inspect.getsource(module))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    imported = {alias.asname or alias.name.split(".")[0] for node in imports for alias in node.names}
    held = {public for public, held in vars(module).items() if not inspect.ismodule(held)}
    gathered = set(getattr(module, "__all__", [])) if hasattr(module, "_HOME") else set()
    return {f"{name}.{public}" for public in held - imported - gathered if not public.startswith("_")}


def gathered(name):
    """Full names of what a package gives from its modules."""
    package = importlib.import_module(name)
    objects = [getattr(package, public) for public in getattr(package, "__all__", [])]
    return {f"{o.__module__}.{o.__name__}" for o in objects if hasattr(o, "__name__")}


@pytest.fixture(scope="module")
def api(small_book):
    folder = small_book / "_build" / "html" / "book" / "api"
    return {path: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}


def entry(api, name):
    """The part of a page about one name, from its signature to the next one at the same level."""
    text = next(text for text in api.values() if f'id="{name}"' in text)
    return text[text.index(f'id="{name}"') :].split('<dl class="py')[0]


def test_every_public_name_is_on_a_page_with_its_signature(api):
    signatures = {
        name
        for text in api.values()
        for name in re.findall(r'<dt class="sig sig-object py" id="([\w.]+)"', text)
    }
    expected = set().union(*(defined(name) | gathered(name) for name in PUBLIC))
    assert len(expected) > 300
    assert expected - signatures == set()


def test_constants_that_a_room_gathers_are_on_its_page(api):
    names = importlib.import_module("pullback.surfaces").__all__
    text = next(text for path, text in api.items() if path.stem == "surfaces")
    assert [name for name in names if not re.search(rf'id="pullback\.surfaces\.(\w+\.)?{name}"', text)] == []


def test_every_room_has_its_page_in_the_contents(root):
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    library = next(part for part in toc["parts"] if part["caption"] == "Library")
    listed = [
        page["file"] for chapter in library["chapters"] for page in [chapter, *chapter.get("sections", [])]
    ]
    texts = [(root / f"{page}.md").read_text(encoding="utf-8") for page in listed]
    rooms = [room for text in texts for room in re.findall(r"^```\{room\} ([\w.]+)$", text, re.MULTILINE)]
    assert sorted(rooms) == sorted(
        name for name in PUBLIC if hasattr(importlib.import_module(name), "__path__")
    )


def test_a_name_has_formula_shapes_errors_and_the_way_to_its_source(api):
    text = entry(api, "pullback.curvature.riemann.gaussian_curvature")
    assert 'href="../notation.html#equation-eq-gaussian-curvature">gaussian curvature</a>' in text
    assert re.search(r'<div class="math[^>]*>\s*\\\[K = R_\{1221\} / \\det G\\\]', text)
    assert "(*batch, 2) points" in text
    assert "ValueError" in text
    assert 'href="../../_modules/pullback/curvature/riemann.html#gaussian_curvature"' in text


def test_names_of_the_library_lead_to_each_other(api):
    text = entry(api, "pullback.curvature.riemann.gaussian_curvature")
    assert 'href="#pullback.curvature.riemann.riemann_tensor"' in text


def test_examples_are_shown_as_code(api):
    assert any(">>>" in re.sub(r"<[^>]*>", "", text.replace("&gt;", ">")) for text in api.values())


def test_no_markup_is_left_in_the_prose(api):
    for path, text in api.items():
        article = text[text.index("<article") : text.index("</article>")]
        shown = TAG.sub(" ", re.sub(r'<(span|div) class="math.*?</\1>', " ", article, flags=re.DOTALL))
        assert re.findall(r".{20}(?:\$|`|:math:|:py:|\\\*|\*\*).{20}", shown) == [], path


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("A $d$-dimensional z.", ["A :math:`d`-dimensional z."]),
        ("Of shape (*batch, d), |v|_z.", [r"Of shape (\*batch, d), \|v\|_z."]),
        ("See `eq-ricci` and `known`.", ["See :equation:`eq-ricci` and :py:obj:`known <a.known>`."]),
        ("A `local` name, `local`s.", [r"A ``local`` name, ``local``\ s."]),
        ("Args:\n    **options: more*.", ["Args:", r"    **options: more\*."]),
        ("    $$a\n      = b$$\n    with", ["    ", "", "    .. math:: a = b", "", "    ", "    with"]),
        (">>> f(2 * '$')\n'`'\n\n*", [">>> f(2 * '$')", "'`'", "", r"\*"]),
    ],
)
def test_docstrings_become_markup(extension, docstring, expected):
    restructured = extension("docstrings").restructured
    assert restructured(docstring.split("\n"), {"known": "a.known"}) == expected


def test_stars_and_bars_read_as_they_were_written(extension):
    text = "Means |A^T w|^2 of (*batch, d) vectors, w_ and **all** of `x`."
    shown = publish_doctree("\n".join(extension("docstrings").restructured([text], {}))).astext()
    assert shown == text.replace("`", "")


def test_a_new_module_and_its_names_are_found_by_themselves(extension, tmp_path):
    room = tmp_path / "pullback" / "room"
    room.mkdir(parents=True)
    (room / "__init__.py").touch()
    (room / "_hidden.py").touch()
    (room / "new.py").write_text(
        "LIMIT = 3\n_HIDDEN = 4\nMADE = dict()\n\ndef f():\n    pass\n\nclass C:\n    pass\n"
    )
    library = extension("library")
    assert library.modules(tmp_path, "pullback.room") == ["pullback.room", "pullback.room.new"]
    directives = dict(library.public_names(tmp_path, "pullback.room.new"))
    assert list(directives) == ["LIMIT", "MADE", "f", "C"]
    assert directives["LIMIT"] == ".. autodata:: pullback.room.new.LIMIT\n   :annotation: = 3\n"
    assert ":no-value:" in directives["MADE"]
    assert directives["C"].startswith(".. autoclass::")
