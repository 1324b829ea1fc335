"""Disturb the workflow on purpose, at random moments, and see whether one more call puts everything right.

    python tests/faults.py                        50 faults, the kinds taking turns, seed 0
    python tests/faults.py --each 1 --only "disk full"

Each fault meets a small project of its own: the real workflow and library, two notebooks, three runs that
train a network each. Afterwards one undisturbed call has to finish with exit status 0; every value has to be
that of a project which nothing disturbed; no run that had finished may have been done again, unless the fault
was to damage its files; and nothing half-written may lie about. The exit status is 1 if any of this fails.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from fault_kinds import KINDS, Scene
from tiny_project import ROOT, call, finishing_times, make_project, values

TRAINING = """import json, os
from pathlib import Path

from companion.training import TrainingConfig, load_or_train
"""
RESULT = """settings = dict(hidden=[16], latent_dim=2, epochs=x, n_train=4000, batch_size=50, device="cpu")
trained = load_or_train(TrainingConfig(dataset="mnist", seed=seed, **settings))
value = trained.metrics["elbo"]
Path(os.environ["COMPANION_RUN_DIR"], "result.json").write_text(json.dumps({{"value": value}}))
value"""


def make_training_project(folder: Path) -> Path:
    """Lay out the tiny project with the real library, and notebooks that train a network."""
    make_project(folder, body=TRAINING, result=RESULT)
    shutil.rmtree(folder / "lib" / "companion")
    (folder / "lib" / "companion").symlink_to(ROOT / "lib" / "companion")
    return folder


def meet(kind: str, scene: Scene, undisturbed: dict[str, float]) -> dict:
    """Let a fault happen, make one more call, and judge what is there then."""
    what = KINDS[kind](scene)
    before = finishing_times(scene.project, scene.profile)
    start = time.perf_counter()
    done = call(scene.project, "book.py", "--profile", scene.profile, "--cores", "2", timeout=300)
    seconds = time.perf_counter() - start
    after = finishing_times(scene.project, scene.profile)
    again = [run for run in before if after.get(run) != before[run] and run not in scene.damaged]
    left = [str(path) for path in (scene.project / "results").glob("*/*/.*")]
    left += [str(path) for path in (scene.project / "checkpoints").glob("*.part*")]
    wrong = {
        "the next call failed": done.returncode != 0,
        "other values": values(scene.project, scene.profile) != undisturbed,
        "done twice": bool(again),
        "left half-written": bool(left),
        **scene.complaints,
    }
    problems = [problem for problem, is_so in wrong.items() if is_so]
    row = {"kind": kind, "what": what, "finished_before": len(before), "next_call_seconds": round(seconds, 1)}
    if problems:
        row["said"] = (done.stdout + done.stderr)[-2000:]
    return row | {"problems": problems}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, help="faults of each kind; without it, 50 in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", choices=list(KINDS), help="kinds of fault")
    parser.add_argument("--out", type=Path, help="result file")
    options = parser.parse_args()
    kinds = options.only or list(KINDS)
    number = 50 if options.each is None else options.each * len(kinds)
    rows = []
    with tempfile.TemporaryDirectory(prefix="faults") as scratch:
        finished = make_training_project(Path(scratch) / "finished")
        done = call(finished, "book.py", "--profile", "slow", "--cores", "2", timeout=300)
        if done.returncode != 0:
            print(done.stdout + done.stderr, file=sys.stderr)
            return 1
        undisturbed = values(finished, "slow")
        for index in range(number):
            kind = kinds[index % len(kinds)]
            project = Path(scratch) / f"fault-{index}"
            moments = random.Random(f"{options.seed}:{index}")
            scene = Scene(project, finished, make_training_project, moments, "slow")
            row = {"index": index} | meet(kind, scene, undisturbed)
            rows.append(row)
            print(
                f"{index:3} {kind:32} {row['what']:60} {', '.join(row['problems']) or 'right again'}",
                flush=True,
            )
            shutil.rmtree(project, ignore_errors=True)
    bad = [row for row in rows if row["problems"]]
    print(f"\n{len(rows) - len(bad)} of {len(rows)} faults put right by one more call")
    if options.out:
        options.out.write_text(
            json.dumps({"seed": options.seed, "faults": len(rows), "rows": rows}, indent=1) + "\n"
        )
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
