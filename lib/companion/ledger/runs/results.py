"""What one run of one notebook measured, kept in memory until it is whole and then written at once."""

import io
import json
import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from companion.ledger.claims import Claims
from companion.ledger.runs import figure_data
from companion.ledger.runs.files import csv_bytes, write_all
from companion.ledger.runs.measurement import finite_number, measurement
from companion.ledger.runs.provenance import commit, device_name, versions
from companion.ledger.runs.readings import current_cell, flatten, reading
from companion.profiles import deviations, plain, run_name
from companion.suggestions import hint

RESULT = "result.json"
SCHEMA = 2
REPEATABLE = {"png": {"Software": None}, "svg": {"Date": None}}
FILE_NAME = re.compile(r"[\w][\w.-]*")


class Run:
    """The measurements, figures and tables of one run; `finish` writes them.

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
        claims: Claims,
    ):
        self.notebook, self.seed, self._claims = notebook, seed, claims
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
        self._recorded: dict[str, dict[str, Any]] = {}
        self._measured: dict[str, dict[str, Any]] = {}
        self._figures: dict[str, dict[str, Any]] = {}
        self._tables: dict[str, str] = {}
        self._files: dict[str, bytes] = {}

    def reported(self, claim_id: str) -> Any:
        """Look up what a document reports: a number, [low, high], or None for a sentence.

        Raises:
            ValueError: for an unknown claim.
        """
        return self._claims[claim_id].reported

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
        """Keep results as readings, in the cell where they are made: claims, tables and sentences refer to
        them.

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

    def record(
        self,
        claim_id: str,
        value: Any,
        *,
        interval: Iterable[float] | None = None,
        n: int | None = None,
        n_what: str = "pairs",
        controls: Mapping[str, Any] | None = None,
        figure: str | None = None,
        note: str | None = None,
        samples: Iterable[float] | None = None,
        setup: Mapping[str, Any] | None = None,
    ) -> None:
        """Record what this run measured for a claim.

        Args:
            claim_id: id of a claim of this notebook.
            value: a number, a bool (the statement is true here), or [low, high] for a range.
            interval: [low, high] within this run, over pairs or points.
            n: number of pairs or points, the number of samples unless given.
            n_what: what `n` counts.
            controls: name -> a number, or {"value": number, "explains": bool}, where `explains` says that
                this control alone accounts for what was measured.
            figure: name of a figure of this run.
            note: one sentence for the reader.
            samples: the values behind the mean, kept in a csv file of their own.
            setup: what this measurement used, by parameter name, where the run's parameters do not tell
                (a data set that is one of several, say).

        Raises:
            ValueError: when the claim is unknown, belongs to another notebook or is recorded already, or
                when a number is not finite.
        """
        claim = self._claims[claim_id]
        if claim.notebook != self.notebook:
            raise ValueError(
                f"claim id: got {claim_id!r} of {claim.notebook}, expected one of {self.notebook}"
            )
        if claim_id in self._recorded:
            raise ValueError(f"claim id: got {claim_id!r} a second time in this run, expected it once")
        entry = measurement(claim_id, value, interval=interval, n=n, n_what=n_what, controls=controls or {})
        entry |= {"figure": figure, "note": note, "setup": plain(dict(setup or {})), "samples": None}
        if samples is not None:
            numbers = [finite_number(f"{claim_id}: samples", sample) for sample in plain(samples)]
            entry["n"] = len(numbers) if n is None else entry["n"]
            entry["samples"] = f"{claim_id}.samples.csv"
            self._files[entry["samples"]] = csv_bytes([{claim.quantity: number} for number in numbers])
        self._recorded[claim_id] = entry

    def record_all(self, prefix: str, values: Mapping[str, Any], **shared: Any) -> None:
        """Record several claims whose names begin alike, with what `record` takes in common.

        Args:
            prefix: how the claims' names begin.
            values: how each goes on -> its value.
            **shared: the other arguments of `record`.
        """
        for name, value in values.items():
            self.record(f"{prefix}{name}", value, **shared)

    def measure(
        self,
        name: str,
        value: Any,
        *,
        interval: Iterable[float] | None = None,
        n: int | None = None,
        n_what: str = "pairs",
        controls: Mapping[str, Any] | None = None,
        note: str | None = None,
    ) -> None:
        """Record a measurement that belongs to no claim; the arguments are those of `record`.

        Raises:
            ValueError: when the name is taken or a number is not finite.
        """
        if name in self._measured:
            raise ValueError(f"name: got {name!r} a second time in this run, expected it once")
        entry = measurement(name, value, interval=interval, n=n, n_what=n_what, controls=controls or {})
        self._measured[name] = {**entry, "note": note}

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
        for claim_id, entry in (self._recorded | self._readings).items():
            if entry["figure"] is not None and entry["figure"] not in self._figures:
                raise ValueError(
                    f"figure: got {entry['figure']!r} for {claim_id}, which this run does not have; "
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
            "claims": self._recorded,
            "measurements": self._measured,
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
