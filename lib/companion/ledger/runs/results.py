"""What one run of one notebook measured, kept in memory until it is whole and then written at once."""

import io
import json
import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from companion.ledger.claims import load_claims
from companion.ledger.runs import figure_data
from companion.ledger.runs.files import csv_bytes, write_all
from companion.ledger.runs.provenance import commit, device_name, versions
from companion.ledger.runs.readings import current_cell, flatten, reading
from companion.profiles import deviations, plain, run_name
from companion.project_paths import CLAIMS
from companion.suggestions import hint

RESULT = "result.json"
SCHEMA = 2
REPEATABLE = {"png": {"Software": None}, "svg": {"Date": None}}
FILE_NAME = re.compile(r"[\w][\w.-]*")


class Run:
    """The readings, figures and tables of one run; `finish` writes them.

    Attributes:
        name: `seed-3`, followed by the parameters that are not the profile's.
        directory: folder that `finish` writes to.
        profile: the profile's name, or "custom".
        deviations: name -> [the profile's value, the run's], for every parameter that differs.
    """

    def __init__(
        self,
        notebook: str,
        parameters: dict[str, Any],
        *,
        profile: str,
        seed: int,
        source: Path,
    ):
        self.notebook, self.seed, self._root = notebook, seed, source
        self.parameters = {
            name: value for name, value in parameters.items() if name not in ("profile", "seed")
        }
        self.requested_profile = profile
        self.deviations = deviations(source, profile, notebook, self.parameters)
        self.profile = "custom" if self.deviations else profile
        self.name = run_name({**self.parameters, "seed": seed}, sorted(self.deviations))
        self.directory = Path(self.name)
        self._started, self._clock = datetime.now(UTC), time.perf_counter()
        self._commit = commit(source)
        self._source = source / "notebooks" / f"{notebook}.ipynb"
        self._readings: dict[str, dict[str, Any]] = {}
        self._figures: dict[str, dict[str, Any]] = {}
        self._tables: dict[str, str] = {}
        self._files: dict[str, bytes] = {}

    def reported(self, claim_id: str) -> Any:
        """Look up what a document reports: a number, [low, high], or None for a sentence.

        Raises:
            ValueError: for an unknown claim.
        """
        return load_claims(self._root / CLAIMS)[claim_id].reported

    def keep(
        self,
        path: str = "",
        *,
        interval: Iterable[float] | None = None,
        n: int | None = None,
        n_what: str = "pairs",
        setup: Mapping[str, Any] | None = None,
        figure: str | None = None,
        note: str | None = None,
        **results: Any,
    ) -> None:
        """Keep results as readings, in the cell where they are made, for claims, tables and sentences.

        Args:
            path: where they belong, such as "mnist.szabo".
            interval: [low, high] within this run, over pairs or points.
            n: number of pairs or points, the number of samples unless given.
            n_what: what `n` counts.
            setup: what these measurements used, by parameter name, where the run's parameters do not tell
                (a data set that is one of several, say).
            figure: name of a figure of this run that shows them.
            note: one sentence for the reader.
            **results: name -> a number, a bool (yes or no), a tuple (low, high) for a range, one value per
                pair or point, a mapping of such, or an instrument's result with `readings()`. A reading's
                path is `path`, the name and the names within, joined by dots.

        Raises:
            ValueError: for a path that is kept already or cannot stand in an expression, or a number that is
                not finite.
        """
        shared = {"setup": plain(dict(setup or {})), "figure": figure, "note": note}
        shared["cell"] = current_cell(self._source)
        for whole, result in flatten(path, results):
            if whole in self._readings:
                raise ValueError(f"reading: got {whole!r} a second time in this run, expected it once")
            entry, samples = reading(whole, result, interval=interval, n=n, n_what=n_what)
            self._readings[whole] = {**entry, **shared, "samples": None}
            if samples is not None:
                file = f"{whole}.samples.csv"
                self._files[file] = csv_bytes([{"value": sample} for sample in samples])
                self._readings[whole]["samples"] = file

    def figure(self, fig: Any, name: str, caption: str | None = None, *, origin: str | None = None) -> None:
        """Keep a figure as `<name>.png` and `<name>.svg`, and what is drawn in it as `<name>.data.csv`.

        Args:
            fig: anything with matplotlib's `savefig`.
            name: file name without suffix, which `record` can refer to.
            caption: text that can be read without the chapter.
            origin: what it is drawn from, in a few words, where that is not this run.
        """
        self._check_name(name, self._figures)
        for suffix in ("png", "svg"):
            buffer = io.BytesIO()
            fig.savefig(buffer, format=suffix, metadata=REPEATABLE[suffix])
            self._files[f"{name}.{suffix}"] = buffer.getvalue()
        self._figures[name] = {"png": f"{name}.png", "svg": f"{name}.svg", "caption": caption}
        self._figures[name]["cell"] = current_cell(self._source)
        if origin is not None:
            self._figures[name]["origin"] = origin
        if rows := figure_data.rows(fig):
            self._files[f"{name}.data.csv"] = csv_bytes(rows)
            self._figures[name] |= {"csv": f"{name}.data.csv", "words": figure_data.in_words(fig)}

    def table(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Keep rows, one mapping of column to value each, as `<name>.csv`."""
        self._check_name(name, self._tables)
        self._files[f"{name}.csv"] = csv_bytes([dict(row) for row in rows])
        self._tables[name] = f"{name}.csv"

    def finish(self) -> Path:
        """Write everything to the run's folder, `result.json` last, and return its path.

        Raises:
            ValueError: when a recorded claim names a figure that this run does not have.
        """
        for path, entry in self._readings.items():
            if entry["figure"] is not None and entry["figure"] not in self._figures:
                raise ValueError(
                    f"figure: got {entry['figure']!r} for {path}, which this run does not have; "
                    f"{hint(entry['figure'], list(self._figures) or ['a figure kept before'])}"
                )
        text = json.dumps(self._result(), indent=1, allow_nan=False) + "\n"
        self.directory.mkdir(parents=True, exist_ok=True)
        write_all(self.directory, {**self._files, RESULT: text.encode()})
        return self.directory / RESULT

    def _result(self) -> dict[str, Any]:
        head, dirty = self._commit
        return {
            "schema": SCHEMA,
            "notebook": self.notebook,
            "profile": self.profile,
            "requested_profile": self.requested_profile,
            "deviations": self.deviations,
            "seed": self.seed,
            "parameters": self.parameters,
            "device": device_name(self.parameters.get("device")),
            "versions": versions(),
            "commit": head,
            "dirty": dirty,
            "started": self._started.isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - self._clock, 1),
            "readings": {path: _said(entry) for path, entry in self._readings.items()},
            "figures": self._figures,
            "tables": self._tables,
        }

    def _check_name(self, name: str, taken: Mapping[str, Any]) -> None:
        if not FILE_NAME.fullmatch(name):
            raise ValueError(f"name: got {name!r}, expected letters, digits, hyphens, underscores and dots")
        if name in taken:
            raise ValueError(f"name: got {name!r} a second time in this run, expected it once")


def _said(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what a reading does not have; `recorded.read_result` puts it back."""
    return {key: value for key, value in entry.items() if value is not None and value != {}}
