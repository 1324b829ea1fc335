"""Pages that are made from files which Sphinx does not watch: they are read again in every build."""

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

ATTRIBUTE = "companion_computed_pages"


def mark(env: BuildEnvironment, docname: str) -> None:
    """Note that a page is computed, so that the next build does not take it for up to date."""
    _pages(env).add(docname)


def show(directive: SphinxDirective, lines: list[str]) -> list[nodes.Node]:
    """Put computed lines of Markdown where a directive stands, and mark its page as computed."""
    mark(directive.env, directive.env.docname)
    node = nodes.container(classes=["recorded"])
    directive.state.nested_parse(
        StringList(lines, source=directive.env.docname), directive.content_offset, node
    )
    return [node]


def connect(app: Sphinx) -> None:
    """Connect the events; more than one extension may call this."""
    if not getattr(app, ATTRIBUTE, False):
        setattr(app, ATTRIBUTE, True)
        app.connect("env-get-outdated", _outdated)
        app.connect("env-purge-doc", _purge)
        app.connect("env-merge-info", _merge)


def _pages(env: BuildEnvironment) -> set[str]:
    if not hasattr(env, ATTRIBUTE):
        setattr(env, ATTRIBUTE, set())
    return getattr(env, ATTRIBUTE)


def _outdated(app: Sphinx, env: BuildEnvironment, added, changed, removed) -> list[str]:
    return sorted(_pages(env) & env.found_docs)


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _pages(env).discard(docname)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    _pages(env).update(_pages(other))
