"""The runs as jobs of a real SLURM: a drained node only delays them, a killed job is submitted again."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from one_node_slurm import NoClusterError, jobs, one_node_slurm, wait_until
from tiny_project import call, make_project, start, values

pytestmark = pytest.mark.slow
BRISK = "--slurm-status-command squeue --slurm-init-seconds-before-status-checks 2 --latency-wait 2"
MACHINE = ("--profile", "slow", "--notebooks-only", "--machine", "slurm", "--snakemake", BRISK)


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    """Name of the one node of a cluster that is up; the test is skipped where there can be none."""
    pytest.importorskip("snakemake_executor_plugin_slurm", reason="pip install -e '.[cluster]'")
    with tempfile.TemporaryDirectory(prefix="slurm") as folder:
        Path(folder).chmod(0o755)  # munge has a user of its own, who has to reach its socket
        try:
            with one_node_slurm(Path(folder)) as name:
                yield name
        except NoClusterError as reason:
            pytest.skip(str(reason))


def update(node: str, state: str) -> None:
    subprocess.run(
        ["scontrol", "update", f"NodeName={node}", f"State={state}", "Reason=test"], timeout=30, check=True
    )


def test_a_drained_node_delays_the_runs_and_a_killed_job_is_submitted_again(node, tmp_path):
    project = make_project(tmp_path / "on_slurm")
    update(node, "DRAIN")
    process = start(project, "book.py", *MACHINE)
    wait_until(lambda: len(jobs("PENDING")) == 3, 60)
    assert not jobs("RUNNING")
    assert values(project, "slow") == {}
    update(node, "RESUME")
    wait_until(lambda: jobs("RUNNING"), 60)
    killed = jobs("RUNNING")[0]
    subprocess.run(["scancel", "--signal=KILL", "--full", killed], timeout=30, check=True)
    output, errors = process.communicate(timeout=180)
    assert process.returncode == 0, output + errors
    submitted = max(int(job) for job in [*jobs("COMPLETED"), *jobs("FAILED"), *jobs("CANCELLED")])
    assert submitted == 4
    here = make_project(tmp_path / "here")
    done = call(here, "book.py", "--profile", "slow", "--notebooks-only", "--cores", "2", timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert values(project, "slow") == values(here, "slow")
    assert [path.name for path in (project / "results" / "slow" / "01_near").iterdir()] == ["seed-0"]
