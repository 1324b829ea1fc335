"""The plan of the factorial's runs: what is trained first, for how long, and what it should cost."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from companion.chapters.disentangled_curvature.baselines import Cell, cells_of
from companion.chapters.disentangled_curvature.published_scores import N_CLASSES, PublishedSubject

PLAN = Path("workflow") / "baselines.yml"


@dataclass(frozen=True)
class Step:
    """One model at one number of passes.

    Attributes:
        cell: the model, or published weights.
        passes: over the images, by which it is looked at; 0 of published weights, which are not trained here.
        tier: place of its tier in the plan.
    """

    cell: Cell | PublishedSubject
    passes: int
    tier: int

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells it from all others: name, seed, passes."""
        return self.cell.name, self.cell.seed, self.passes


@dataclass(frozen=True)
class Tier:
    """Steps that answer one question.

    Attributes:
        title: what they answer.
        steps: in order; of each cell the short training first.
    """

    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Plan:
    """All tiers, the most decisive first.

    Attributes:
        tiers: in order; a step stands in the first tier that asks for it.
        seconds: network -> estimated seconds of a pass; "measure" -> of looking at one model; "creased_pair"
            -> of a pair of pictures by published weights, whose rectifiers keep the solver busy.
        left_out: what no tier has, and why.
    """

    tiers: tuple[Tier, ...]
    seconds: dict[str, float]
    left_out: tuple[str, ...]

    @property
    def steps(self) -> list[Step]:
        """All steps in order."""
        return [step for tier in self.tiers for step in tier.steps]

    def estimate(self, tier: Tier) -> float:
        """Estimate the hours of a tier: the passes that no earlier tier has, and the looks."""
        before: dict[tuple[str, int], int] = {}
        for step in self.steps:
            own = (step.cell.name, step.cell.seed)
            if step.tier < tier.steps[0].tier:
                before[own] = max(before.get(own, 0), step.passes)
        trained = {step.cell for step in tier.steps if isinstance(step.cell, Cell)}
        looks = sum(isinstance(step.cell, Cell) for step in tier.steps)
        seconds = looks * self.seconds["measure"]
        for one in {step.cell for step in tier.steps} - trained:
            n = N_CLASSES * one.per_class
            seconds += self.seconds["measure"] + self.seconds["creased_pair"] * n * (n - 1) / 2
        for cell in trained:
            most = max(step.passes for step in tier.steps if step.cell == cell)
            missing = max(most - before.get((cell.name, cell.seed), 0), 0)
            seconds += missing * self.seconds[cell.network]
        return seconds / 3600


def load_plan(root: Path) -> Plan:
    """Read `workflow/baselines.yml`.

    Raises:
        ValueError: an unknown choice in a tier.
    """
    content = yaml.safe_load((root / PLAN).read_text(encoding="utf-8"))
    seen: set[tuple[str, int, int]] = set()
    tiers = []
    for i, tier in enumerate(content["tiers"]):
        steps = [step for step in _steps(tier, i) if step.key not in seen]
        seen |= {step.key for step in steps}
        tiers.append(Tier(tier["title"], tuple(steps)))
    return Plan(tuple(tiers), content["seconds"], tuple(content["left_out"]))


def _steps(tier: dict[str, Any], place: int) -> list[Step]:
    found = []
    for group in tier.get("published", ()):
        for seed in tier.get("seeds", (0,)):
            for model in group["models"]:
                statistics = group.get("statistics", "")
                found.append(Step(PublishedSubject(model, group["per_class"], statistics, seed), 0, place))
    for cells in tier.get("cells", ()):
        for cell in cells_of(cells, tier.get("seeds", (0,))):
            found += [Step(cell, passes, place) for passes in tier["passes"]]
    return found
