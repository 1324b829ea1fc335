"""How numbers, verdicts and claims are written for a reader: the templates, and what they call."""

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

Row = Mapping[str, Any]

ICONS = {
    "reproduced": '<path d="M3.2 8.6l3 3 6.6-7"/>',
    "direction only": '<path d="M3.5 12.5l8-8M6 4.2h5.8V10"/>',
    "another number": '<path d="M3 6h10M3 10h10M10.5 3l-5 10"/>',
    "undecided": '<path d="M5.2 5.8a2.8 2.8 0 1 1 4.2 2.4c-.9.5-1.4 1-1.4 2M8 12.8v.2"/>',
    "contradicted": '<path d="M4 4l8 8M12 4l-8 8"/>',
    "explained by a control": '<path d="M3 6h10M3 10h10"/>',
    "set-up decides": '<path d="M8 13.5V9L4 3.5M8 9l4-5.5"/>',
    "no common unit": '<path d="M2 5.5h6M2 3.5v4M8 3.5v4M9 11h5M9 9v4M14 9v4"/>',
    "not seen on stand-in": '<circle cx="8" cy="8" r="5"/><path d="M4.5 11.5l7-7"/>',
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


@cache
def templates() -> Any:
    """Load the macros of `templates/board.html`; text that they are given cannot become markup."""
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True)
    environment.globals |= {"icons": ICONS, "columns": COLUMNS, "slug": slug, "zip": zip}
    environment.globals |= {"number": lambda value: Markup(number(value))}
    environment.globals |= {"models": models, "deviation": deviation}
    return environment.get_template("board.html").module
