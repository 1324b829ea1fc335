"""Work through the plan of the factorial: train, look, write down; whatever stops it, nothing is lost."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock

from companion import datasets, published
from companion.chapters.disentangled_curvature.baseline_cell import Pictures, measure_cell
from companion.chapters.disentangled_curvature.baseline_plan import Plan, Step
from companion.chapters.disentangled_curvature.baselines import DATASET, Cell
from companion.chapters.disentangled_curvature.published_scores import PublishedSubject, measure_published
from companion.datasets import Dataset
from companion.training.checkpoint import write_atomically
from companion.training.continuing import ContinuedTraining

RECORDED = Path("book") / "recorded" / "baselines.jsonl"
SAVE_EVERY = 5
Row = dict[str, Any]


class Journal:
    """What has been measured: a line of json for each model at each number of passes.

    Args:
        path: of the file that is written; it need not exist.
        recorded: a file of the same form with what was measured before and elsewhere, which is only read.
    """

    def __init__(self, path: Path, recorded: Path | None = None):
        self.path, self.recorded = path, recorded

    def rows(self) -> list[Row]:
        """All rows, those measured here in place of recorded ones of the same model and passes."""
        found = {_key(row): row for file in (self.recorded, self.path) for row in read_rows(file)}
        return list(found.values())

    def add(self, row: Row) -> None:
        """Append a row; a reader sees the file with it or without it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_suffix(".lock")):
            lines = [json.dumps(one) for one in [*read_rows(self.path), row]]
            write_atomically(self.path, ("\n".join(lines) + "\n").encode())


def read_rows(path: Path | None) -> list[Row]:
    """Read a journal's file; none where there is no file."""
    if path is None or not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def missing_steps(plan: Plan, journal: Journal) -> list[Step]:
    """List the steps of a plan that no row answers, in order."""
    done = {_key(row) for row in journal.rows()}
    return [step for step in plan.steps if step.key not in done]


def work(
    plan: Plan, journal: Journal, states: Path, *, provenance: Row, until: Callable[[], bool] = lambda: False
) -> Iterator[Row]:
    """Take the missing steps of a plan one after the other, and yield each row once it is written.

    Published weights that are not on this machine are passed over. A step that fails is yielded with the
    reason under `failed`, is not written, and does not keep the others from being done.

    Args:
        plan: what is asked for; read anew by the caller to change it.
        journal: where rows go.
        states: folder of the stopped trainings, so that more passes go on where fewer ended.
        provenance: what every row says besides, such as the commit.
        until: asked after every pass; true ends the work after the state is saved.
    """
    train = datasets.load(DATASET, "train")
    for step in missing_steps(plan, journal):
        clock = time.perf_counter()
        names = {"cell": step.cell.name, "seed": step.cell.seed, "passes": step.passes}
        if isinstance(step.cell, PublishedSubject) and not published.is_available(step.cell.model):
            continue
        try:
            if isinstance(step.cell, PublishedSubject):
                counted, trained = {}, clock
                readings = measure_published(step.cell, Pictures.of(DATASET, seed=step.cell.seed))
            else:
                training = _training(step.cell, train, states, most=step.passes)
                counted = {"passes_trained": step.passes - training.passes}
                if not _train_until(step, training, states, until):
                    return
                trained = time.perf_counter()
                model = training.model.to(memory_format=torch.contiguous_format).requires_grad_(False)
                is_smooth = step.cell.activation != "relu"
                readings = measure_cell(model, Pictures.of(DATASET, seed=0), is_smooth=is_smooth)
        except (ValueError, FloatingPointError) as error:
            yield {**names, "failed": " ".join(str(error).split())}
            continue
        row = {
            **names,
            **{name: _rounded(value) for name, value in readings.items()},
            **counted,
            "seconds_training": round(trained - clock, 1),
            "seconds_measuring": round(time.perf_counter() - trained, 1),
            **provenance,
        }
        journal.add(row)
        yield row
        if until():
            return


def _train_until(step: Step, training: ContinuedTraining, states: Path, until: Callable[[], bool]) -> bool:
    """Take the passes that a step still needs; return whether they were taken. The state is saved anyhow."""
    path = _state(step.cell, states)
    while training.passes < step.passes:
        training.advance()
        stops = until()
        if stops or training.passes % SAVE_EVERY == 0 or training.passes == step.passes:
            training.save(path)
        if stops:
            return False
    return True


def _training(cell: Cell, train: Dataset, states: Path, *, most: int) -> ContinuedTraining:
    """Go on where this cell's training stopped, or begin; a training that went too far begins anew."""
    path = _state(cell, states)
    training = ContinuedTraining(cell.config(), train.images, train.labels)
    if path.is_file():
        training.restore(path)
        if training.passes > most:
            training = ContinuedTraining(cell.config(), train.images, train.labels)
    return training


def _state(cell: Cell, states: Path) -> Path:
    return states / f"{cell.name}_seed{cell.seed}.pt"


def _key(row: Row) -> tuple[str, int, int]:
    return row["cell"], row["seed"], row["passes"]


def _rounded(value: float | bool | list[float]) -> float | bool | list[float]:
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return value if isinstance(value, bool) else float(f"{value:.6g}")
