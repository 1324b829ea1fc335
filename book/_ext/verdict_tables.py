"""Tables about the verdicts as a whole: `{verdicts-moved}`, `{verdict-sensitivity}`.

`{verdicts-moved} documents` counts by document how the verdicts of before 30 November 2026 moved, `rules` by
what decided, `claims` lists every claim with both verdicts and today's reason. `{verdict-sensitivity}` draws
the board by other rules: `counts`, `claims`, `sides`, `holm`, `power`.
"""

import csv
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import board
from companion.ledger.judging.multiplicity import LEVEL
from companion.ledger.judging.outcomes import OUTCOMES, POSITIVE
from companion.ledger.judging.sensitivity import boards, changes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from tables import Table, markdown
from writing import number

BEFORE = Path("book") / "verdicts_before.csv"
NEW = "not on the board"
Row = Mapping[str, Any]


def before(root: Path) -> dict[str, str]:
    """Read the verdicts of before: id -> verdict."""
    with (root / BEFORE).open(encoding="utf-8", newline="") as stream:
        return {row["id"]: row["verdict"] for row in csv.DictReader(stream)}


def chip(verdict: str) -> str:
    """Write a verdict as the scoreboard shows it; one of the old names as it stood."""
    return f"{{verdict}}`{verdict}`" if verdict in OUTCOMES else verdict


def link(row: Row) -> str:
    """Write a claim's id as a link to its page, from a page of `book/`."""
    return f'<a href="../{board.CLAIMS}/{row["id"]}.html">{row["id"]}</a>'


class Moved(Table):
    """Old verdicts beside today's."""

    required_arguments = 1

    def lines(self, root: Path) -> list[str]:
        what = directives.choice(self.arguments[0], ("documents", "rules", "claims"))
        rows, old = board.rows(root), before(root)
        return {"documents": by_document, "rules": by_rule, "claims": every_claim}[what](rows, old, root)


def by_document(rows: tuple[Row, ...], old: Mapping[str, str], root: Path) -> list[str]:
    """Count by document and reason: before, then today, how many."""
    counts = Counter((r["document"], old.get(r["id"], NEW), r["verdict"], reason(r)) for r in rows)
    lines = [
        [board.document(root, document)["name"], was, chip(now), why, str(n)]
        for (document, was, now, why), n in sorted(counts.items(), key=lambda item: (item[0][0], -item[1]))
    ]
    return markdown(["document", "before", "today", "because", "claims"], lines, 4)


def by_rule(rows: tuple[Row, ...], old: Mapping[str, str], root: Path) -> list[str]:
    """Count what became of each old verdict, and why."""
    moved = [row for row in rows if old.get(row["id"], NEW) != row["verdict"]]
    counts = Counter((old.get(r["id"], NEW), r["verdict"], reason(r)) for r in moved)
    lines = [[was, chip(now), why, str(n)] for (was, now, why), n in counts.most_common()]
    return markdown(["before", "today", "because", "claims"], lines, 3)


def reason(row: Row) -> str:
    """Say in a phrase which rule of `book/verdicts.md` decided a verdict."""
    toy = "toy scale (rule 5b)"
    match row["verdict"]:
        case "undecided" if row["toy"] and row["answer"] == "refuted":
            return toy
        case "undecided":
            return "the interval is partly inside (rule 3)"
        case "another number":
            return toy if row["toy"] else "the set-up differs or is not stated (rule 5c)"
        case "contradicted":
            return "refuted in a set-up that meets what is stated (rule 5)"
        case "not seen on stand-in":
            return "other data (rule 5a)"
        case "direction only" if row["scale"] == "stand-in data":
            return "other data (rule 5a)"
        case "direction only":
            return "the number is refuted, its order supported (rule 3)"
        case "explained by a control":
            return "a control explains it (rule 9)"
        case "set-up decides":
            return "an undisclosed choice flips it (rule 6)"
        case "no common unit":
            return "rule 7"
        case "not testable here":
            return (
                "circular (rule 8)"
                if "Circular" in row["why"]
                else "data or details are missing (rules 5a, 10)"
            )
        case "reproduced":
            return "the interval lies inside (rules 1 to 4)"
    return ""


def every_claim(rows: tuple[Row, ...], old: Mapping[str, str], root: Path) -> list[str]:
    """List every claim with both verdicts."""
    lines = [[link(r), old.get(r["id"], NEW), chip(r["verdict"]), reason(r)] for r in rows]
    return markdown(["claim", "before", "today", "because"], lines)


class Sensitivity(Table):
    """The board by other rules."""

    required_arguments = 1

    def lines(self, root: Path) -> list[str]:
        what = directives.choice(self.arguments[0], tuple(SHOWN))
        return SHOWN[what](root)


@cache
def drawn(root: Path) -> dict[str, dict[str, str]]:
    """Draw the board by every other rule, once a build."""
    return boards(board.evidence(root))


def counts(root: Path) -> list[str]:
    """Count the verdicts that each other rule changes, and those that lose or gain a reproduction."""
    lines = [
        [
            name,
            str(len(changed)),
            str(sum(was in POSITIVE and now not in POSITIVE for was, now in changed.values())),
            str(sum(now in POSITIVE and was not in POSITIVE for was, now in changed.values())),
            str(sum("contradicted" in pair for pair in changed.values())),
        ]
        for name, changed in changes(drawn(root)).items()
    ]
    total = len({claim for changed in changes(drawn(root)).values() for claim in changed})
    told = f"Of {len(board.rows(root))} verdicts {total} change by one of these rules or another."
    heads = [
        "rule",
        "verdicts that change",
        "no longer reproduced or direction only",
        "newly so",
        "contradicted, before or after",
    ]
    return [*markdown(heads, lines, 1), "", told]


def changed_claims(root: Path) -> list[str]:
    """List the claims whose verdict another rule changes."""
    found: dict[str, dict[str, list[str]]] = {}
    for name, changed in changes(drawn(root)).items():
        for claim, (_, now) in changed.items():
            found.setdefault(claim, {}).setdefault(now, [])
            found[claim][now].append(name)
    by_id = {row["id"]: row for row in board.rows(root)}
    lines = [
        [
            link(by_id[claim]),
            chip(by_id[claim]["verdict"]),
            "; ".join(f"{chip(now)} {', '.join(names)}" for now, names in others.items()),
        ]
        for claim, others in sorted(found.items())
    ]
    return markdown(["claim", "as it is", "otherwise"], lines) if lines else ["None changes."]


def sides(root: Path) -> list[str]:
    """List each claim with more than one reading of its sentence, and the answer of each."""
    lines = [
        [link(row), chip(row["verdict"]), *_side_counts(row)]
        for row in board.rows(root)
        if row["sides"] and row["measured"] is not None
    ]
    return (
        markdown(["claim", "verdict", "supported by", "refuted by", "undecided by"], lines)
        if lines
        else ["None."]
    )


def _side_counts(row: Row) -> list[str]:
    return [
        ", ".join(name for name, side in row["sides"].items() if side["answer"] == answer) or "–"
        for answer in ("supported", "refuted", "undecided")
    ]


def holm(root: Path) -> list[str]:
    """Count, by document, the directional tests that are significant alone, and with Holm's correction."""
    lines = []
    rows = [row for row in board.rows(root) if row["p_holm"] is not None]
    for document in dict.fromkeys(row["document"] for row in rows):
        own = [row for row in rows if row["document"] == document]
        positive = [row for row in own if row["verdict"] in POSITIVE]
        lost = [row for row in positive if row["p_holm"] > LEVEL]
        lines.append(
            [
                board.document(root, document)["name"],
                str(len(own)),
                str(sum(row["p_value"] <= LEVEL for row in own)),
                str(sum(row["p_holm"] <= LEVEL for row in own)),
                f"{len(positive) - len(lost)} of {len(positive)}",
                ", ".join(link(row) for row in lost) or "–",
            ]
        )
    heads = [
        "document",
        "tests",
        f"p ≤ {LEVEL}",
        "after Holm",
        "positive verdicts that survive",
        "those that do not",
    ]
    return markdown(heads, lines) if lines else ["Nothing is recorded."]


def power(root: Path) -> list[str]:
    """List claims about a reported difference that is smaller than the half-width of the interval."""
    blind, all_of_them = [], 0
    for row in board.rows(root):
        reported = row["reported"]
        if row["interval"] is None or not isinstance(reported, (int, float)) or row["p_value"] is None:
            continue
        all_of_them += 1
        half = (row["interval"][1] - row["interval"][0]) / 2
        if half >= abs(reported):
            blind.append([link(row), chip(row["verdict"]), number(reported), number(half)])
    told = f"{len(blind)} of the {all_of_them} claims that report the size of an order."
    return (
        [*markdown(["claim", "verdict", "reported", "half-width"], blind, 2), "", told] if blind else [told]
    )


SHOWN = {"counts": counts, "claims": changed_claims, "sides": sides, "holm": holm, "power": power}


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("verdicts-moved", Moved)
    app.add_directive("verdict-sensitivity", Sensitivity)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
