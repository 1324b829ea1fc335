"""What runners and clusters do is what a reader can do: valid files whose steps are commands of it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tiny_project import environment, finishing_times, make_project

STEPS = re.compile(r"make ([a-z]+)|(?:sudo --preserve-env=PATH )?bash \.ci/run")


def workflow_files(root: Path) -> list[Path]:
    return sorted((root / ".github" / "workflows").glob("*.yml"))


def commands(path: Path) -> list[str]:
    jobs = yaml.safe_load(path.read_text())["jobs"].values()
    return [step["run"] for job in jobs for step in job["steps"] if "run" in step]


def test_the_workflow_files_are_valid(root):
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [program, "--builtin-schema", "vendor.github-workflows", *workflow_files(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_step_is_a_command_of_the_makefile(root):
    targets = re.findall(r"^([a-z]+):.*## ", (root / "Makefile").read_text(), re.MULTILINE)
    steps = [step for path in workflow_files(root) for step in commands(path)]
    assert len(steps) > 5
    for step in steps:
        found = STEPS.match(step)
        assert found, step
        assert found[1] is None or found[1] in targets, step


@pytest.mark.parametrize("machine", ["gpus", "slurm"])
def test_snakemake_plans_the_runs_for_every_machine(root, machine):
    """A dry run parses the machine's settings, so a wrong name or value stops it."""
    executor = yaml.safe_load((root / f"workflow/machines/{machine}/config.yaml").read_text()).get("executor")
    if executor:
        pytest.importorskip(f"snakemake_executor_plugin_{executor}", reason="pip install -e '.[cluster]'")
    command = ["book.py", "--profile", "smoke", "--notebooks-only", "--dry-run", "--machine", machine]
    command += ["--book", "_build/none/html"]
    done = subprocess.run(
        [sys.executable, "workflow/" + command[0], *command[1:]],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("machine", "said"), [("slrum", "did you mean 'slurm'?"), ("pc", "expected one of")])
def test_an_unknown_machine_is_one_line(root, machine, said):
    command = [sys.executable, "workflow/book.py", "--machine", machine]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_make_hands_options_on_to_snakemake(root):
    if shutil.which("make") is None:
        pytest.skip("no make here")
    command = ["make", "--dry-run", "runs", "MACHINE=gpus", "SNAKEMAKE=--resources gpu=4"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert "--machine gpus --snakemake='--resources gpu=4'" in done.stdout


def test_the_pods_of_the_kubernetes_job_do_every_run_once(root, tmp_path):
    job = yaml.safe_load((root / "workflow/machines/kubernetes/job.yaml").read_text())["spec"]
    container = job["template"]["spec"]["containers"][0]
    settings = {entry["name"]: entry["value"] for entry in container["env"]}
    assert int(settings["COMPLETIONS"]) == job["completions"]
    project, seen = make_project(tmp_path / "project"), []
    (project / ".venv").symlink_to(sys.prefix)
    settings |= {
        "PROFILE": "quick",
        "COMPLETIONS": "3",
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
    }
    for index in range(3):
        variables = environment(project) | settings | {"JOB_COMPLETION_INDEX": str(index)}
        subprocess.run([*container["command"], *container["args"]], cwd=project, env=variables, check=True)
        seen.append(finishing_times(project, "quick"))
    assert [len(runs) for runs in seen] == [1, 2, 3]
    assert seen[0].items() < seen[1].items() < seen[2].items()
