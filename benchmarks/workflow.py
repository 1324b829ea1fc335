"""How much sooner are sixteen runs of the workflow done on two cores than on one, and does a cluster do them?

    .venv/bin/python benchmarks/workflow.py

Every notebook runs twice with the smoke profile, in fresh clones of this commit: on one core, on two, and as
jobs of a SLURM of one node, which is this machine, where its daemons can be started.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from common import arguments, show, write

QUESTION = __doc__.strip().splitlines()[0]
ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))

from cluster.one_node_slurm import NoClusterError, one_node_slurm  # noqa: E402
from tiny_project import call  # noqa: E402

SEEDS = [0, 1]
BRISK = "--slurm-status-command squeue --slurm-init-seconds-before-status-checks 2 --latency-wait 2"
FIELDS = {"job": "%i", "what": "%k", "state": "%T", "submitted": "%V", "started": "%S", "ended": "%e"}


def project_with(seeds: list[int], notebooks: list[str] | None, folder: Path) -> Path:
    """Clone this commit, with these seeds for some or all notebooks of the smoke profile."""
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, folder], check=True)
    path = folder / "workflow" / "profiles.yml"
    profiles = yaml.safe_load(path.read_text())
    smoke = {name: {**row, "seeds": seeds} for name, row in profiles["smoke"].items()}
    profiles["smoke"] = {name: smoke[name] for name in notebooks or smoke}
    path.write_text(yaml.safe_dump(profiles))
    return folder


def timed(project: Path, *options: str) -> tuple[float, str]:
    """Run everything, and return the wall seconds and what the workflow printed."""
    start = time.perf_counter()
    done = call(project, "book.py", "--profile", "smoke", "--notebooks-only", *options)
    if done.returncode:
        raise SystemExit(done.stdout[-2000:] + done.stderr)
    return time.perf_counter() - start, done.stdout


def claims_of(project: Path) -> dict[str, dict]:
    """What every run measured, by run and claim."""
    found = {}
    for path in sorted((project / "results" / "smoke").glob("*/*/result.json")):
        claims = json.loads(path.read_text())["claims"]
        found[f"{path.parts[-3]}/{path.parts[-2]}"] = {name: c["value"] for name, c in claims.items()}
    return found


def costs_of(project: Path) -> list[dict]:
    """Time and memory of each run, from its receipt."""
    paths = sorted((project / "results" / "smoke").glob("*/*/receipt.json"))
    receipts = [json.loads(path.read_text()) for path in paths]
    kept = ("notebook", "seconds", "peak_memory_mb")
    return [{"seed": r["parameters"]["seed"]} | {name: r[name] for name in kept} for r in receipts]


def jobs_of_slurm() -> list[dict[str, str]]:
    """Ask the cluster for all its jobs, the ended ones too."""
    form = "|".join(FIELDS.values())
    command = ["squeue", "--states=all", "--noheader", "--sort=i", f"--format={form}"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [dict(zip(FIELDS, line.split("|"), strict=True)) for line in lines]


def main() -> int:
    options = arguments(QUESTION)
    notebooks = ["01_pullback_metric"] if options.quick else None
    rows, kept, more = [], {}, {}
    with tempfile.TemporaryDirectory(prefix="workflow") as folder:
        scratch = Path(folder)
        scratch.chmod(0o755)  # munge has a user of its own, who has to reach its socket
        for way, cores in (("one core", 1), ("two cores", 2)):
            project = project_with(SEEDS, notebooks, scratch / way.replace(" ", "-"))
            seconds, _ = timed(project, "--cores", str(cores))
            kept[way] = claims_of(project)
            more.setdefault("costs", costs_of(project))
            rows.append({"way": way, "seconds": seconds})
        try:
            with one_node_slurm(scratch / "slurm"):
                project = project_with(SEEDS, notebooks, scratch / "on-slurm")
                seconds, more["log"] = timed(project, "--machine", "slurm", f"--snakemake={BRISK}")
                more["jobs"] = jobs_of_slurm()
            kept["SLURM, one node of two cores"] = claims_of(project)
            rows.append({"way": "SLURM, one node of two cores", "seconds": seconds})
        except NoClusterError as reason:
            print(f"no cluster: {reason}", file=sys.stderr)
    first = kept[rows[0]["way"]]
    for row in rows:
        row |= {"runs": len(kept[row["way"]]), "times_as_fast": rows[0]["seconds"] / row["seconds"]}
        found = kept[row["way"]]
        row["runs_with_the_same_values"] = sum(found.get(run) == values for run, values in first.items())
    show(
        rows,
        {"way": "", "runs": "", "seconds": ".1f", "times_as_fast": ".2f", "runs_with_the_same_values": ""},
    )
    write("workflow", QUESTION, rows, options, **more)
    return 0


if __name__ == "__main__":
    sys.exit(main())
