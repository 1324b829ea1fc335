"""The plan: each step once, in the first tier that asks for it, and what it should cost."""

import pytest
from companion.chapters.disentangled_curvature.baseline_plan import load_plan
from companion.chapters.disentangled_curvature.baselines import Cell

PLAN = """
seconds: {mlp: 10, conv: 30, jha: 80, szabo: 110, mathieu: 120, measure: 36, creased_pair: 0.5}
tiers:
  - title: other people's
    published: [{models: [jha-mnist, szabo-mnist], statistics: own, per_class: 3}]
    seeds: [0, 1]
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
    _, short, long = (tier.steps for tier in plan.tiers)
    assert [step.key for step in short[:3]] == [
        ("mlp-sigmoid-fixed-16-elu", 0, 1),
        ("mlp-sigmoid-fixed-16-elu", 0, 5),
        ("mlp-sigmoid-bernoulli-16-elu", 0, 1),
    ]
    assert ("mlp-sigmoid-fixed-16-elu", 0, 5) not in [step.key for step in long]
    assert len(long) == 7
    assert len({step.key for step in plan.steps}) == len(plan.steps) == 4 + 11


def test_published_weights_have_no_passes_and_all_of_them_one_draw_before_any_has_two(plan):
    assert [step.key for step in plan.tiers[0].steps] == [
        (f"published-{model}-mnist-own-30", seed, 0) for seed in (0, 1) for model in ("jha", "szabo")
    ]


def test_the_estimate_counts_passes_that_no_earlier_tier_has_and_every_look(plan):
    other, short, long = plan.tiers
    assert plan.estimate(other) == pytest.approx(4 * (36 + 435 * 0.5) / 3600)
    assert plan.estimate(short) == pytest.approx((2 * 5 * 10 + 4 * 36) / 3600)
    # mlp seed 0 goes on from 5, mlp seed 1 and both conv trainings begin
    assert plan.estimate(long) == pytest.approx((15 * 10 + 20 * 10 + 2 * 20 * 30 + 7 * 36) / 3600)


def test_the_projects_own_plan_has_the_whole_factorial_and_says_what_stays_out(root):
    plan = load_plan(root)
    trained = {step.cell.name for step in plan.steps if isinstance(step.cell, Cell)}
    for name in trained:
        passes = {step.passes for step in plan.steps if step.key[:2] == (name, 0)}
        assert passes == {1, 5, 20, 100}, name
    assert len(trained) == 40 + 1 + 6
    assert plan.left_out
    assert all(plan.estimate(tier) > 0 for tier in plan.tiers)
