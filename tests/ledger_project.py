"""A project of the ledger's own for its tests: a few claims, profiles, results of the real `Run`."""

import json
import subprocess
from pathlib import Path
from typing import Any

from companion import ledger
from companion.ledger.recorded import read_result

NOTEBOOK = "02_near_zero_curvature"
CLAIMS = """
documents:
  shao2017: {title: A title}
confidence: {P: read, C: computed}
data:
  mnist: {}
  celeba: {subsets: [celeba-6000], absent: CelebA cannot be shipped}
shared:
  base: &base
    document: shao2017
    place: Table 1
    statement: Something is so.
    quantity: q
    unit: "1"
    confidence: P
    notebook: 02_near_zero_curvature
claims:
  - id: number
    <<: *base
    measured: number
    reported: 10
    criterion: {kind: within, rtol: 0.1, direction_only: {kind: greater_than, value: 0}}
    controls: {untrained network: "bare.saved >= measured > 0"}
    setup: {dataset: mnist, latent_dim: 32, n_pairs: 3}
  - id: sentence
    <<: *base
    measured: sentence
    reported: null
    criterion: {kind: direction, reported: positive}
  - id: on-celeba
    <<: *base
    measured: on_celeba
    reported: 0.04
    criterion: {kind: within, rtol: 0.1}
    setup: {dataset: celeba}
  - id: celeba-direction
    <<: *base
    measured: celeba_direction
    reported: 0.04
    criterion: {kind: within, rtol: 0.1, direction_only: {kind: direction, reported: positive}}
    setup: {dataset: celeba}
  - id: no-text
    <<: *base
    measured: no_text
    reported: 3
    criterion: {kind: equals}
    untestable: the text is not at hand
"""
PROFILES = """
quick:
  02_near_zero_curvature: {dataset: mnist, latent_dims: [2, 32], n_pairs: 20, seeds: [0]}
paper:
  02_near_zero_curvature: {dataset: mnist, latent_dims: [2, 32], n_pairs: 200, seeds: [0, 1, 2, 3, 4]}
"""
PAPER = {"dataset": "mnist", "latent_dims": [2, 32], "n_pairs": 200, "device": "cpu"}
QUICK = {**PAPER, "n_pairs": 20}
FIVE = [9.6, 9.9, 10.0, 10.1, 10.4]


class Figure:
    """Stands in for a matplotlib figure."""

    def __init__(self, size: int = 10):
        self.size = size

    def savefig(self, file: Any, *, format: str, metadata: dict[str, Any]) -> None:
        file.write(format.encode() * self.size)


def make_project(folder: Path, claims: str = CLAIMS) -> Path:
    """Write claims and profiles into a folder."""
    (folder / "book").mkdir(parents=True)
    (folder / "book" / "claims.yml").write_text(claims)
    (folder / "workflow").mkdir()
    (folder / "workflow" / "profiles.yml").write_text(PROFILES)
    return folder


def commit_project(folder: Path) -> str:
    """Make the folder a git checkout with one commit, and return its hash."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "start"]):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)
    done = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def write_run(
    root: Path, seed: int, values: dict[str, Any], *, profile: str = "paper", **options: Any
) -> Path:
    """Finish one run that kept `values`: claim id -> value; return the path of its result.

    With `controls`, it is a run of before: one that wrote down claims, each control with its value.
    """
    parameters = PAPER if profile == "paper" else QUICK
    run = ledger.start(NOTEBOOK, parameters, profile=profile, seed=seed, root=root)
    controls = options.pop("controls", None)
    for claim_id, value in values.items():
        kept = tuple(value) if isinstance(value, list) else value
        run.keep(n=200, **options, **{claim_id.replace("-", "_"): kept})
    path = run.finish()
    if controls is not None:
        kept = read_result(path)["readings"]
        judged = {name: {"value": control, "explains": None} for name, control in controls.items()}
        claims = {name: {**kept[name.replace("-", "_")], "controls": judged} for name in values}
        change(path, claims=claims, readings={})
    return path


def put_recorded(root: Path, values: list[dict[str, Any]], **options: Any) -> None:
    """Place finished `paper` runs, one a seed, where the scoreboard reads them."""
    for seed, recorded in enumerate(values):
        result = write_run(root, seed, recorded, **options)
        target = root / "book" / "recorded" / NOTEBOOK / f"seed-{seed}"
        target.mkdir(parents=True)
        result.rename(target / "result.json")


def row(root: Path, claim_id: str) -> dict[str, Any]:
    """The scoreboard's row of one claim."""
    return next(found for found in ledger.scoreboard(root) if found["id"] == claim_id)


def record_number(project: Path, values: list[float], **options: Any) -> dict[str, Any]:
    """Place runs that measured these values of the claim `number`, one per seed, and return its row."""
    put_recorded(project, [{"number": value} for value in values], **options)
    return row(project, "number")


def change(path: Path, **fields: Any) -> None:
    """Overwrite fields of a result."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))
