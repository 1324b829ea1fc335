"""Docstrings as pages show them: formulas, names and labels of equations become markup of Sphinx."""

import re
from collections.abc import Mapping

PIECE = re.compile(r"\$\$(?P<display>.+?)\$\$[.,;]?|\$(?P<formula>[^$]+)\$|`(?P<code>[^`]+)`", re.DOTALL)
EXAMPLE = re.compile(r"(^[ ]*>>> .*?(?:\n[ ]*(?=\n)|\Z))", re.MULTILINE | re.DOTALL)
MARKED = re.compile(r"(^ *\*\*?(?=\w+:))|([\\*|]|_(?!\w))", re.MULTILINE)  # an argument keeps its stars
INDENT = re.compile(r"[ ]*(?=\S|$)")
EQUATION = "eq-"


def restructured(lines: list[str], addresses: Mapping[str, str]) -> list[str]:
    """Turn the lines of a docstring into reStructuredText.

    Args:
        lines: with `$$...$$` and `$...$` for formulas and single backticks for code, as the library has them.
        addresses: public name -> its dotted name, for the names that become links.
    """
    parts = EXAMPLE.split("\n".join(lines))
    parts[::2] = [_prose(part, addresses) for part in parts[::2]]
    return "".join(parts).split("\n")


def _prose(text: str, addresses: Mapping[str, str]) -> str:
    shown, end = [], 0
    for piece in PIECE.finditer(text):
        shown.append(_escaped(text[end : piece.start()]))
        end = piece.end()
        if piece["display"]:
            margin = INDENT.match(text[text.rfind("\n", 0, piece.start()) + 1 :])[0]
            formula = " ".join(piece["display"].split())
            shown.append(f"\n\n{margin}.. math:: {formula}\n\n{margin}")
        elif piece["formula"]:
            shown.append(_inline(f":math:`{' '.join(piece['formula'].split())}`", text[end : end + 1]))
        else:
            shown.append(_inline(_code(" ".join(piece["code"].split()), addresses), text[end : end + 1]))
    return "".join([*shown, _escaped(text[end:])])


def _code(code: str, addresses: Mapping[str, str]) -> str:
    if code.startswith(EQUATION):
        return f":equation:`{code}`"
    return f":py:obj:`{code} <{addresses[code]}>`" if code in addresses else f"``{code}``"


def _inline(markup: str, after: str) -> str:
    return f"{markup}\\ " if after.isalnum() else markup


def _escaped(text: str) -> str:
    return MARKED.sub(lambda mark: mark[1] or f"\\{mark[2]}", text)
