"""Train and measure the factorial of baselines of chapter 5: hours of work, which may stop at any time.

    python workflow/baselines.py run            # the missing steps of workflow/baselines.yml, in order
    python workflow/baselines.py run --hours 2
    python workflow/baselines.py plan           # tiers, estimated and real hours, what is missing
    python workflow/baselines.py record         # put what is measured into book/recorded/, to be committed

Each model at each number of passes is a line of results/baselines/journal.jsonl once it is measured. A second
call skips what is there or recorded, and goes on with a training where it stopped. Exit code 0: done, or the
time is over; 130: stopped.
"""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch
    try:
        return {"run": _run, "plan": _plan, "record": _record}[options.what](options)
    except KeyboardInterrupt:
        print("stopped; all that was measured is kept", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("run", "plan", "record"))
    parser.add_argument(
        "--hours", type=float, default=float("inf"), help="stop after the pass that passes them"
    )
    return parser


def _run(options: argparse.Namespace) -> int:
    import torch
    from companion.chapters.disentangled_curvature.baseline_run import missing_steps, work
    from companion.ledger.runs.provenance import commit, versions

    torch.set_num_threads(1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    journal, end = _journal(), time.monotonic() + 3600 * options.hours
    head, is_dirty = commit(ROOT)
    provenance = {"commit": head, "dirty": is_dirty, "torch": versions()["torch"]}
    plan = _load()
    print(f"{len(missing_steps(plan, journal))} of {len(plan.steps)} steps are missing", flush=True)
    states = journal.path.parent / "states"
    for row in work(plan, journal, states, provenance=provenance, until=lambda: time.monotonic() > end):
        shown = (
            "cell",
            "seed",
            "passes",
            "failed",
            "passed",
            "squared_error",
            "c_hat",
            "angle_sparse",
            "saved",
        )
        costs = ("seconds_training", "seconds_measuring")
        print(" ".join(f"{name}={row[name]}" for name in (*shown, *costs) if name in row), flush=True)
    return 0


def _plan(options: argparse.Namespace) -> int:
    plan, rows = _load(), _journal().rows()
    done = {(row["cell"], row["seed"], row["passes"]): row for row in rows}
    for tier in plan.tiers:
        found = [done[step.key] for step in tier.steps if step.key in done]
        spent = sum(row["seconds_training"] + row["seconds_measuring"] for row in found) / 3600
        estimated = plan.estimate(tier)
        print(f"{len(found)}/{len(tier.steps)} steps, {spent:.2f} of about {estimated:.1f} h: {tier.title}")
    return 0


def _record(options: argparse.Namespace) -> int:
    journal = _journal()
    rows = sorted(journal.rows(), key=lambda row: (row["cell"], row["seed"], row["passes"]))
    journal.recorded.parent.mkdir(parents=True, exist_ok=True)
    journal.recorded.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    print(f"recorded {len(rows)} models in {journal.recorded.relative_to(ROOT)}; commit it")
    return 0


def _load():
    from companion.chapters.disentangled_curvature.baseline_plan import load_plan

    return load_plan(ROOT)


def _journal():
    from companion import project_paths
    from companion.chapters.disentangled_curvature.baseline_run import RECORDED, Journal

    return Journal(project_paths.results() / "baselines" / "journal.jsonl", ROOT / RECORDED)


if __name__ == "__main__":
    sys.exit(main())
