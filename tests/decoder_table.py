"""The table of decoders in the book: what the library makes of each block that people build with.

`PYTHONPATH=lib:tests .venv/bin/python tests/decoder_table.py` examines all and writes the table anew; the
tests examine each and compare.
"""

import csv
import sys
import warnings
from pathlib import Path

from block_checks import Outcome, decoder, examine, points
from decoder_blocks import (
    ACTIVATIONS,
    ALGEBRA,
    ATTENTION,
    LAYERS,
    NORMS,
    RECURRENT,
    SHAPES,
    WITHOUT,
    of_image,
)
from decoder_models import DISTRIBUTIONS, MODELS
from decoder_parts import MORE_ATTENTION, MORE_LAYERS, MORE_NORMS, MORE_RECURRENT
from decoder_wrappers import WRAPPERS

TABLE = Path(__file__).parents[1] / "book" / "decoder_blocks.csv"
HEAD = ("Kind", "Block", "Outcome", "Because")
KINDS = {
    "activation": ACTIVATIONS,
    "norm": {**NORMS, **MORE_NORMS},
    "attention": {**ATTENTION, **MORE_ATTENTION},
    "recurrence": {**RECURRENT, **MORE_RECURRENT},
    "layer of images": {**{name: of_image(part) for name, part in LAYERS.items()}, **MORE_LAYERS},
    "matrix function": ALGEBRA,
    "model": {**SHAPES, **MODELS, **WITHOUT},
    "distribution": DISTRIBUTIONS,
    "wrapper": WRAPPERS,
}
BLOCKS = {(kind, name): make for kind, blocks in KINDS.items() for name, make in blocks.items()}


def outcome(key: tuple[str, str]) -> Outcome:
    """Examine one block, without torch's warnings about its own kernels."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return examine(decoder(BLOCKS[key]), points())


def recorded() -> dict[tuple[str, str], Outcome]:
    """Read the table."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        return {(kind, name): Outcome(*rest) for kind, name, *rest in list(csv.reader(file))[1:]}


def main() -> None:
    """Examine all blocks and write the table; a wrong number is said and stops it."""
    rows, wrong = [], []
    for key in BLOCKS:
        try:
            rows.append((*key, *outcome(key)))
        except Exception as error:
            wrong.append(f"{key}: {type(error).__name__}: {error}")
    if wrong:
        sys.exit("\n".join(wrong))
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([HEAD, *rows])


if __name__ == "__main__":
    main()
