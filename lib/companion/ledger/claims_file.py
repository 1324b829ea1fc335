"""`book/claims.yml` as it is written: entries with the lines they stand on, and tables unfolded into entries.

A table stands for claims that differ along axes, as a document prints them:

    tables:
    - id: document-c-hat-{data}-{model}
      statement: On {data.name} the residual correlation of {model.name} is {reported}.
      measured: "{data.path}.{model}.c_hat"
      axes:
        data: {mnist: {name: MNIST, path: mnist, setup: {dataset: mnist}}, chairs: {name: chairs, path:
            chairs}}
        model: {vae: {name: the VAE}, jha: {name: Jha's}}
      values:
        mnist: {vae: 0.071, jha: 0.167}
        chairs: {vae: {reported: 0.162, confidence: C}}

`{axis}` is the key along that axis and `{axis.word}` a word of its entry. What an entry has of a claim's own
fields goes into the claim, as does what a value has that is a mapping. A cell without value is no claim.
`{reported}` is the value, and `{reported:.2f}` the value as the document prints it, with its last zeros;
`{reported:.1%}` is a share in per cent.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import YAMLError

Entry = tuple[int, Any]

AXES = ("axes", "values")


@lru_cache(maxsize=1)  # a build of the book asks for the claims some twenty times, and reading takes a second
def read(name: str, text: str, fields: tuple[str, ...]) -> tuple[dict[str, Any], list[Entry]]:
    """Read the file.

    Args:
        name: of the file, for messages.
        text: of the file.
        fields: names of a claim's fields.

    Returns:
        the sections but `claims` and `tables`, and the line and content of each claim.

    Raises:
        ValueError: for invalid YAML, a key that stands twice, or a table that cannot be unfolded.
    """
    try:
        content = YAML(typ="rt").load(text)
    except DuplicateKeyError as error:
        key = str(error.problem).split('"')[1]
        raise ValueError(
            f"{name}: got invalid YAML, key {key!r} stands twice, line {error.problem_mark.line + 1}"
        ) from None
    except YAMLError as error:
        raise ValueError(f"{name}: got invalid YAML, {' '.join(str(error).split())}") from None
    if not isinstance(content, CommentedMap):
        raise ValueError(f"{name}: got invalid YAML, expected a mapping of sections")
    claims, tables = content.pop("claims", None) or [], content.pop("tables", None) or []
    entries = [(claims.lc.data[i][0] + 1, _plain(item)) for i, item in enumerate(claims)]
    for i, table in enumerate(tables):
        line = tables.lc.data[i][0] + 1
        try:
            entries += [(line, entry) for entry in unfold(_plain(table), fields)]
        except (KeyError, AttributeError, IndexError, TypeError, ValueError) as error:
            raise ValueError(f"{name}:{line}: got a table that cannot be unfolded: {error}") from None
    return _plain(content), entries


def unfold(table: Mapping[str, Any], fields: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Turn a table into the entries of its claims.

    Raises:
        ValueError: when it has no axes or values, or a value that is not along the axes.
        KeyError, AttributeError: when a text names an axis or a word that is not there.
    """
    if missing := [name for name in AXES if not isinstance(table.get(name), Mapping)]:
        raise ValueError(f"got no {missing[0]}, expected axes and values")
    common = {name: item for name, item in table.items() if name not in AXES}
    for keys, value in _cells(table["values"], list(table["axes"].items())):
        words, own = {}, dict(common)
        for axis, key in keys.items():
            entry = table["axes"][axis][key] or {}
            words[axis] = _Key(key, entry)
            own = _merged(own, {name: item for name, item in entry.items() if name in fields})
        own = _merged(own, value if isinstance(value, Mapping) else {"reported": value})
        yield _filled(own, {**words, "reported": _Reported(own.get("reported"))})


class _Key(str):
    """A key along an axis, whose words are attributes, as `str.format` reads them."""

    def __new__(cls, key: Any, words: Mapping[str, Any]):
        self = super().__new__(cls, str(key))
        self.__dict__.update({str(name): word for name, word in words.items()})
        return self


def _cells(values: Any, axes: list[tuple[str, Mapping]]) -> Iterator[tuple[dict[str, Any], Any]]:
    if not axes:
        yield {}, values
        return
    (axis, known), *inner = axes
    for key, below in values.items():
        if key not in known:
            raise ValueError(
                f"got {key!r} in values, expected one of axis {axis}: {', '.join(map(str, known))}"
            )
        for keys, value in _cells(below, inner):
            yield {axis: key, **keys}, value


def _merged(own: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    both = {name for name in own.keys() & more.keys() if isinstance(own[name], dict) and name != "criterion"}
    return {**own, **more, **{name: {**own[name], **more[name]} for name in both}}


def _filled(item: Any, words: Mapping[str, Any]) -> Any:
    if isinstance(item, str):
        for _ in range(2):  # a word of an axis may name another axis, or what is reported
            item = str(item.format_map(words)) if "{" in item else item
        return item
    if isinstance(item, dict):
        return {name: _filled(inner, words) for name, inner in item.items()}
    return [_filled(inner, words) for inner in item] if isinstance(item, list) else item


class _Reported:
    """What a document reports, as a statement writes it."""

    def __init__(self, value: Any):
        self._value = value

    def __format__(self, spec: str) -> str:
        if isinstance(self._value, list):
            return " to ".join(format(_Reported(end), spec) for end in self._value)
        if not isinstance(self._value, (int, float)):
            return ""
        return format(self._value, spec or ".10g").replace("%", " %")


def _plain(item: Any) -> Any:
    """Turn what ruamel.yaml reads, with its comments and anchors, into plain values."""
    if isinstance(item, Mapping):
        return {_plain(key): _plain(inner) for key, inner in item.items()}
    if isinstance(item, list):
        return [_plain(inner) for inner in item]
    for kind in (bool, int, float, str):
        if isinstance(item, kind):
            return kind(item)
    return item
