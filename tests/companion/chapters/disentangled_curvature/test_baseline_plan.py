"""The plan: each step once, in the first tier that asks for it, and what it should cost."""

import pytest
from companion.chapters.disentangled_curvature.baseline_plan import load_plan

PLAN = """
seconds: {mlp: 10, conv: 30, jha: 80, szabo: 110, mathieu: 120, measure: 36}
tiers:
  - title: short
    cells: [{network: mlp, output: sigmoid, noise: [fixed, bernoulli], latent_dim: 16, activation: elu}]
    passes: [1, 5]
  - title: long
    cells: [{network: [mlp, conv], output: sigmoid, noise: fixed, latent_dim: 16, activation: elu}]
    passes: [5, 20]
    seeds: [0, 1]
left_out: [other data]
"""


@pytest.fixture
def plan(tmp_path):
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow" / "baselines.yml").write_text(PLAN)
    return load_plan(tmp_path)


def test_a_step_stands_in_the_first_tier_that_asks_for_it(plan):
    short, long = (tier.steps for tier in plan.tiers)
    assert [step.key for step in short[:3]] == [
        ("mlp-sigmoid-fixed-16-elu", 0, 1),
        ("mlp-sigmoid-fixed-16-elu", 0, 5),
        ("mlp-sigmoid-bernoulli-16-elu", 0, 1),
    ]
    assert ("mlp-sigmoid-fixed-16-elu", 0, 5) not in [step.key for step in long]
    assert len(long) == 7
    assert len({step.key for step in plan.steps}) == len(plan.steps) == 11


def test_the_estimate_counts_passes_that_no_earlier_tier_has_and_every_look(plan):
    short, long = plan.tiers
    assert plan.estimate(short) == pytest.approx((2 * 5 * 10 + 4 * 36) / 3600)
    # mlp seed 0 goes on from 5, mlp seed 1 and both conv trainings begin
    assert plan.estimate(long) == pytest.approx((15 * 10 + 20 * 10 + 2 * 20 * 30 + 7 * 36) / 3600)


def test_the_projects_own_plan_has_the_whole_factorial_and_says_what_stays_out(root):
    plan = load_plan(root)
    longest = {step.cell.name for step in plan.steps if step.passes == 100}
    for cell in {step.cell.name for step in plan.steps}:
        passes = {step.passes for step in plan.steps if (step.cell.name, step.cell.seed) == (cell, 0)}
        assert passes >= {1, 5, 20} or not cell.endswith("x"), cell
    assert len(longest) == 40 + 1 + 6
    assert plan.left_out
