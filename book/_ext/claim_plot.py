"""A claim as a small dot plot: a point per seed, their mean with its interval, and what is reported."""

from collections.abc import Mapping
from typing import Any

from writing import number

WIDTH, HEIGHT, EDGE = 480, 64, 40


def plot(row: Mapping[str, Any]) -> str:
    """Draw a claim as SVG in the colours of the page; empty where no recorded run has measured a number."""
    values = [value for value in row.get("by_seed") or [] if isinstance(value, (int, float))]
    if not values:
        return ""
    reported = row["reported"] if isinstance(row["reported"], list) else [row["reported"]]
    reported = [value for value in reported if value is not None]
    shown = [*values, *(row["interval"] or []), *reported]
    accepted = [end for end in row.get("accepts") or [] if end is not None]
    span = max(shown) - min(shown)
    shown += [end for end in accepted if min(shown) - span <= end <= max(shown) + span]
    low, high = min(shown), max(shown)
    span = (high - low) or abs(high) or 1.0

    def x(value: float) -> float:
        return round(EDGE + (WIDTH - 2 * EDGE) * (value - low) / span, 1)

    parts = []
    if row.get("accepts"):  # what lies beyond the picture is accepted to its edge
        least, most = row["accepts"]
        start = EDGE if least is None else min(max(x(least), EDGE), WIDTH - EDGE)
        end = WIDTH - EDGE if most is None else min(max(x(most), EDGE), WIDTH - EDGE)
        if start < end:
            parts.append(
                f'<rect class="accepted" x="{start}" y="14" width="{round(end - start, 1)}" height="30"/>'
            )
    parts += [f'<line class="axis" x1="{EDGE}" x2="{WIDTH - EDGE}" y1="44" y2="44"/>']
    if row["interval"]:
        start, end = map(x, row["interval"])
        parts.append(f'<line class="interval" x1="{start}" x2="{end}" y1="26" y2="26"/>')
        parts.append(f'<circle class="mean" cx="{x(row["measured"])}" cy="26" r="4"/>')
    parts += [f'<circle class="seed" cx="{x(value)}" cy="36" r="3"/>' for value in values]
    for value in reported:
        parts.append(f'<line class="reported" x1="{x(value)}" x2="{x(value)}" y1="10" y2="44"/>')
    for value, anchor in ((low, "start"), (high, "end")):
        parts.append(f'<text x="{x(value)}" y="60" text-anchor="{anchor}">{number(value)}</text>')
    told = f"By seed {', '.join(map(number, values))}"
    told += f"; reported {' to '.join(map(number, reported))}" if reported else ""
    head = f'<svg class="dots" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}">'
    return f"{head}{''.join(parts)}</svg>"
