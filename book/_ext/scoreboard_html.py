"""The scoreboard as HTML: pure functions from the ledger's rows to text, readable without a script."""

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

Row = Mapping[str, Any]

ICONS = {
    "reproduced": '<path d="M3.2 8.6l3 3 6.6-7"/>',
    "direction only": '<path d="M3.5 12.5l8-8M6 4.2h5.8V10"/>',
    "not reproduced": '<path d="M4 4l8 8M12 4l-8 8"/>',
    "explained by a control": '<path d="M3 6h10M3 10h10"/>',
    "not testable here": '<path d="M3.5 8h9"/>',
    "not run": '<circle cx="8" cy="8" r="4.2"/>',
}
MODELS = {
    "VAE": "VAEs?|variational autoencoders?",
    "RBF-VAE": "RBF",
    "DAE": "DAEs?|denoising",
    "autoencoder": "AEs?|CAEs?|autoencoders?",
    "GAN": "GANs?|adversarial",
    "disentangled": "szabo|mathieu|jha|disentangled|disentangling",
}
"""Kinds of model, and the words that name them in a claim."""

NOTHING = '<span class="nothing">—</span>'
COLUMNS = ("Claim", "Reported", "Measured (paper)", "Quick look", "Controls", "Verdict")


def slug(text: str) -> str:
    """Turn a name into a class or an anchor."""
    return "-".join(text.split())


def number(value: Any) -> str:
    """Write a number for a reader: four significant digits, a real minus sign."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return " to ".join(number(item) for item in value)
    if not isinstance(value, (int, float)):
        return escape(str(value))
    value += 0.0  # -0 is 0
    text = f"{value:.4g}" if abs(value) < 1e5 else f"{value:.3g}"
    return text.replace("-", "−")


def with_unit(value: Any, unit: str | None) -> str:
    """Write a number with its unit, "1" being none."""
    if value is None:
        return NOTHING
    shown = "" if unit in (None, "", "1") else f'&#8239;<span class="unit">{escape(unit)}</span>'
    return f'<span class="number">{number(value)}</span>{shown}'


def chip(verdict: str, count: int | None = None) -> str:
    """Draw a verdict with a sign, its words and a colour, so that none of them alone has to tell."""
    icon = (
        f'<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">'
        f"{ICONS.get(verdict, '')}</svg>"
    )
    before = "" if count is None else f"<b>{count}</b> "
    return f'<span class="verdict verdict-{slug(verdict)}">{icon}{before}{escape(verdict)}</span>'


def confidence(mark: str | None, meanings: Mapping[str, str]) -> str:
    """Show how the reported value is known; the meaning is text for screen readers and on hover."""
    if not mark:
        return ""
    meaning = meanings.get(mark, "")
    return (
        f' <abbr class="confidence" title="{escape(meaning)}">{escape(mark)}'
        f'<span class="visually-hidden"> ({escape(meaning)})</span></abbr>'
    )


def measured(
    value: Any, interval: Any, n: Any, n_what: str | None, seeds: list[int], unit: str | None
) -> str:
    """Show a mean with its interval, the number of seeds and of pairs or points."""
    if value is None:
        return NOTHING
    parts = [with_unit(value, unit)]
    if interval:
        parts.append(f'<span class="interval">[{number(interval[0])}, {number(interval[1])}]</span>')
    detail = [f"{len(seeds)} seed{'' if len(seeds) == 1 else 's'}"] if seeds else []
    if n:
        detail.append(f"n&#8239;=&#8239;{n} {escape(n_what or '')}".strip())
    if detail:
        parts.append(f'<span class="detail">{", ".join(detail)}</span>')
    return " ".join(parts)


def controls(found: Mapping[str, Mapping[str, Any]]) -> str:
    """List the controls, each with its value, and which of them account for the measurement."""
    if not found:
        return NOTHING
    items = []
    for name, control in found.items():
        judged = ' <em class="explains">accounts for it</em>' if control.get("explains") else ""
        items.append(
            f"<li>{escape(name)} <span class='number'>{number(control['value'])}</span>{judged}</li>"
        )
    return f"<ul>{''.join(items)}</ul>"


def labelled_cell(label: str, cell: str) -> str:
    """Write a cell that names its column, and whether it is empty, for the layout without columns."""
    empty = ' class="empty"' if cell == NOTHING else ""
    return f'<td role="cell" data-label="{escape(label)}"{empty}><div>{cell}</div></td>'


def claim_row(row: Row, meanings: Mapping[str, str], link: Callable[[Row], str]) -> str:
    """Write one claim as a table row; on a phone the row becomes a card, labelled by `data-label`."""
    why = f'<span class="why">{escape(row["why"])}</span>'
    if row["verdict"] == "not run" and row["measured"] is None:
        why = ""
    cells = (
        with_unit(row["reported"], row["unit"]) + confidence(row["confidence"], meanings),
        measured(row["measured"], row["interval"], row["n"], row.get("n_what"), row["seeds"], row["unit"]),
        measured(
            row.get("quick_measured"),
            row.get("quick_interval"),
            row.get("quick_n"),
            row.get("n_what"),
            row.get("quick_seeds") or [],
            row["unit"],
        ),
        controls(row["controls"] or row.get("quick_controls") or {}),
        chip(row["verdict"]) + why,
    )
    head = (
        f'<th scope="row" role="rowheader"><span class="statement">{escape(row["statement"])}</span>'
        f'<span class="place">{escape(row["place"])}</span>{link(row)}</th>'
    )
    labels = zip(COLUMNS[1:], cells, strict=True)
    body = "".join(labelled_cell(label, cell) for label, cell in labels)
    identity = f'id="claim-{escape(row["id"])}" data-verdict="{slug(row["verdict"])}"'
    facets = {
        "confidence": row["confidence"] or "",
        "models": ",".join(models(row)),
        "deviation": deviation(row),
    }
    identity += "".join(f' data-{name}="{escape(value)}"' for name, value in facets.items())
    return f'<tr role="row" {identity}>{head}{body}</tr>'


def models(row: Row) -> list[str]:
    """Name the kinds of model that a claim speaks of, by the words of its id and statement."""
    text = f"{row['id'].replace('-', ' ')} {row['statement']}"
    return [name for name, words in MODELS.items() if re.search(rf"\b(?:{words})\b", text, re.IGNORECASE)]


def deviation(row: Row) -> str:
    """Write how far the measured number is from the reported one, as a share of the latter."""
    reported, measured = row["reported"], row["measured"]
    if not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (reported, measured)):
        return ""
    return f"{abs(measured - reported) / max(abs(reported), 1e-12):.4g}"


def table(rows: list[Row], caption: str, meanings: Mapping[str, str], link: Callable[[Row], str]) -> str:
    """Write the claims of one document as a table."""
    head = "".join(f'<th scope="col" role="columnheader">{column}</th>' for column in COLUMNS)
    columns = "".join(f'<col class="col-{column.lower().split()[0]}">' for column in COLUMNS)
    body = "\n".join(claim_row(row, meanings, link) for row in rows)
    return (
        '<div class="scoreboard-wrap"><table class="scoreboard claims" role="table">'
        f"<caption>{escape(caption)}</caption><colgroup>{columns}</colgroup>"
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>\n'
        f'<tbody role="rowgroup">{body}</tbody></table></div>'
    )


def summary(
    counts: Mapping[str, Mapping[str, int]], rows: Mapping[str, list[str]], link: Callable[[str], str]
) -> str:
    """Write the counts of verdicts: of all claims in large type, then a bar in words for each row.

    Args:
        counts: document -> verdict -> number.
        rows: heading -> its documents; of one document alone the own name is shown.
        link: writes a document's name, as a link to its claims.
    """
    verdicts = list(next(iter(counts.values()), {}))
    total = {verdict: sum(count[verdict] for count in counts.values()) for verdict in verdicts}
    tiles = "".join(
        f'<li class="tile verdict-{slug(verdict)}"><b>{total[verdict]}</b>{chip(verdict)}</li>'
        for verdict in verdicts
    )
    sums = {
        heading: {verdict: sum(counts[document][verdict] for document in documents) for verdict in verdicts}
        for heading, documents in rows.items()
    }
    largest = max((sum(count.values()) for count in sums.values()), default=1)
    body = ""
    for heading, documents in rows.items():
        links = " ".join(map(link, documents))
        name = links if len(documents) == 1 else f"{escape(heading)}"
        others = "" if len(documents) == 1 else f'<span class="others">{links}</span>'
        cell = bar(sums[heading], sum(sums[heading].values()) / largest) + others
        body += f'<tr><th scope="row">{name}</th><td>{cell}</td></tr>'
    return (
        f'<div class="summary"><p class="summary-total"><b>{sum(total.values())}</b> claims, '
        f'each judged by the same rules</p><ul class="tiles">{tiles}</ul><table class="summary-documents">'
        f'<caption class="visually-hidden">Verdicts by document</caption><tbody>{body}</tbody></table></div>'
    )


def bar(count: Mapping[str, int], share: float) -> str:
    """Draw verdicts as a bar, as long as its share of the longest one, and write them out under it."""
    seen = {verdict: amount for verdict, amount in count.items() if amount}
    pieces = "".join(
        f'<span class="verdict-{slug(verdict)}" style="flex-grow:{amount}"></span>'
        for verdict, amount in seen.items()
    )
    words = ", ".join(f"{amount} {escape(verdict)}" for verdict, amount in seen.items())
    return (
        f'<span class="bar" style="width:{share:.1%}" aria-hidden="true">{pieces}</span>'
        f'<span class="bar-words">{words}</span>'
    )
