"""The command that works through the factorial of baselines."""

import json
import shutil
import subprocess
import sys

PLAN = """
seconds: {mlp: 8, measure: 40}
tiers:
  - title: one model
    cells: [{network: mlp, output: linear, noise: fixed, latent_dim: 16, activation: relu}]
    passes: [1]
left_out: [all others]
"""


def test_a_plan_is_shown_worked_through_until_the_time_is_over_and_recorded(root, tmp_path):
    for name in ("workflow/baselines.py", "book/claims.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, tmp_path / name)
    (tmp_path / "workflow" / "baselines.yml").write_text(PLAN)

    def call(*arguments):
        command = [sys.executable, str(tmp_path / "workflow" / "baselines.py"), *arguments]
        environment = {"COMPANION_HOME": str(tmp_path), "PATH": "", "OMP_NUM_THREADS": "1"}
        environment["PYTHONPATH"] = str(root / "lib")
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    assert call("plan") == "0/1 steps, 0.00 of about 0.0 h: one model\n"
    assert call("run", "--hours", "0").startswith("1 of 1 steps are missing")
    state = tmp_path / "results" / "baselines" / "states" / "mlp-linear-fixed-16-relu_seed0.pt"
    assert state.is_file()
    row = {"cell": "mlp-linear-fixed-16-relu", "seed": 0, "passes": 1}
    row |= {"seconds_training": 3600.0, "seconds_measuring": 0.0}
    (tmp_path / "results" / "baselines" / "journal.jsonl").write_text(json.dumps(row) + "\n")
    assert call("plan").startswith("1/1 steps, 1.00 of about")
    assert "recorded 1 models in book/recorded/baselines.jsonl" in call("record")
    assert json.loads((tmp_path / "book" / "recorded" / "baselines.jsonl").read_text()) == row
    assert "0 of 1 steps are missing" in call("run")
