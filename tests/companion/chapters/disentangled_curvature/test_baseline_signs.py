"""Signs over the factorial: who is compared with whom, and when a headline holds."""

import pytest
from companion.chapters.disentangled_curvature.baseline_signs import (
    AGREE,
    DECIDES,
    HOLDS,
    REVERSED,
    compare,
    outcome,
    share_above,
    shares_by_choice,
)


def row(cell, score, *, passes=5, seed=0, passed=True, error=10.0):
    return {
        "cell": cell,
        "seed": seed,
        "passes": passes,
        "passed": passed,
        "squared_error": error,
        "c_hat": score,
    }


PUBLISHED = row("published-jha-mnist-own-30", 0.2, passes=0)
SIGMOID = row("mlp-sigmoid-fixed-16-elu", 0.3)
LINEAR = row("mlp-linear-learned-16-elu", 0.1, error=20.0)


def test_published_weights_meet_vaes_of_any_length_and_the_difference_is_theirs_less_the_vaes():
    found = compare([PUBLISHED, SIGMOID, LINEAR, row("mlp-sigmoid-fixed-16-elu", 0.5, passes=20)], "c_hat")
    assert {(c.baseline.output, c.passes): round(c.difference, 9) for c in found} == {
        ("sigmoid", 5): -0.1,
        ("linear", 5): 0.1,
        ("sigmoid", 20): -0.3,
    }
    assert share_above(found) == pytest.approx(1 / 3)
    assert [c.is_matched for c in found] == [True, False, True]


def test_models_trained_here_meet_vaes_of_as_many_passes():
    own = [row("jha-sigmoid-own-16-elu", 0.2, passes=k) for k in (1, 5)]
    found = compare([*own, SIGMOID], "c_hat")
    assert [(c.model, c.passes, c.is_published) for c in found] == [("jha", 5, False)]


def test_what_has_failed_its_exam_lacks_the_score_or_is_another_training_is_left_out():
    others = [
        row("published-szabo-mnist-stored-30", 9.0, passes=0, passed=False),
        row("mlp-linear-fixed-16-elu", 0.4, passed=False),
        row("mlp-linear-fixed-80-elu", 0.4, seed=1),
        {name: value for name, value in row("mlp-linear-fixed-80-relu", 0).items() if name != "c_hat"},
        row("published-vae-mnist-30", 0.1, passes=0),
    ]
    assert len(compare([PUBLISHED, SIGMOID, *others], "c_hat")) == 1
    assert [c.baseline.latent_dim for c in compare([PUBLISHED, SIGMOID, *others], "c_hat", seed=1)] == [80]


def test_weights_that_were_looked_at_with_more_pictures_too_count_once():
    more = row("published-jha-mnist-own-120", 0.25, passes=0)
    found = compare([more, PUBLISHED, SIGMOID], "c_hat")
    assert [round(c.difference, 9) for c in found] == [-0.1]


@pytest.mark.parametrize(
    ("above", "below", "verdict"),
    [(9, 1, HOLDS), (10, 0, HOLDS), (1, 9, REVERSED), (8, 2, DECIDES), (2, 8, DECIDES)],
)
def test_nine_in_ten_decide(above, below, verdict):
    vaes = [row("mlp-linear-fixed-16-elu", 0.1, passes=k) for k in range(1, above + 1)]
    vaes += [row("mlp-sigmoid-fixed-16-elu", 0.9, passes=k) for k in range(1, below + 1)]
    found = compare([PUBLISHED, *vaes], "c_hat")
    assert outcome(found) == verdict
    assert AGREE == 0.9
    assert outcome([]) is None


def test_the_choice_that_decides_comes_first():
    vaes = [
        row(f"mlp-{o}-fixed-{d}-elu", s) for o, s in (("linear", 0.1), ("sigmoid", 0.9)) for d in (16, 80)
    ]
    shares = shares_by_choice(compare([PUBLISHED, *vaes], "c_hat"))
    assert next(iter(shares)) == "output"
    assert shares["output"] == {"linear": 1.0, "sigmoid": 0.0}
    assert shares["latent_dim"] == {"16": 0.5, "80": 0.5}
