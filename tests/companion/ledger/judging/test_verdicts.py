"""Verdicts on measurements that the real `Run` wrote."""

import pytest
from companion import ledger
from ledger_project import CLAIMS, FIVE, make_project, put_recorded, record_number, row

FAR, WRONG = [3.0, 3.1, 3.2, 2.9, 2.8], [-3.0, -3.1, -3.2, -2.9, -2.8]


def test_five_seeds_whose_interval_lies_inside_reproduce_the_number(project):
    found = record_number(project, FIVE)
    assert (found["verdict"], found["answer"]) == ("reproduced", "supported")
    assert found["measured"] == pytest.approx(10)
    assert found["interval"] == pytest.approx(ledger.t_interval(FIVE).interval)
    assert (found["seeds"], found["n"], found["profile"]) == ([0, 1, 2, 3, 4], 200, "paper")
    assert found["accepts"] == [9, 11]


def test_far_from_the_number_only_the_direction_is_left(project):
    assert record_number(project, FAR)["verdict"] == "direction only"


def test_with_the_wrong_sign_a_number_is_contradicted(project):
    found = record_number(project, WRONG)
    assert found["verdict"] == "contradicted"
    assert "Its order is refuted too." in found["why"]


def test_a_wide_interval_decides_nothing_and_says_how_many_trainings_would(project):
    found = record_number(project, [8.0, 12.0, 9.0, 13.0, 8.0])
    assert found["verdict"] == "undecided"
    n = found["seeds_to_decide"]
    assert f"about {n} trainings would decide" in found["why"]
    assert n == ledger.seeds_to_reach(found["by_seed"], 9 if found["measured"] < 10 else 11)


def test_an_interval_that_holds_the_reported_number_contradicts_nothing(project):
    found = record_number(project, [-200.0, 100.0, -150.0, 80.0, -40.0])
    assert found["interval"][0] < 10 < found["interval"][1]
    assert found["verdict"] == "undecided"


def test_a_direction_needs_an_interval_clear_of_zero_in_either_sense(project):
    put_recorded(project, [{"sentence": value} for value in (1.0, -0.9, 2.0, 0.4, -0.5)])
    assert row(project, "sentence")["verdict"] == "undecided"


def test_a_statement_on_the_other_side_is_contradicted(project):
    put_recorded(project, [{"sentence": value} for value in WRONG])
    found = row(project, "sentence")
    assert (found["verdict"], found["toy"]) == ("contradicted", "")


def test_a_control_that_explains_the_effect_in_every_seed_takes_the_verdict(project):
    found = record_number(project, FIVE, controls={"untrained network": 11.0})
    assert found["verdict"] == "explained by a control"
    assert "untrained network (11, 5 of 5 seeds)" in found["why"]


def test_a_control_that_explains_it_in_some_seeds_leaves_it_undecided_and_the_seeds_are_told(project):
    found = record_number(project, FIVE, controls={"untrained network": 10.2})
    assert (found["verdict"], found["answer"]) == ("undecided", "supported")
    assert found["seeds_to_decide"] is None
    assert "trainings would decide" not in found["why"]
    assert "Seeds disagree on the control: untrained network (10.2, 4 of 5 seeds)" in found["why"]


def test_a_number_in_the_units_of_the_claim_explains_it_where_it_satisfies_the_criterion(tmp_path):
    rule = CLAIMS.replace('"bare.saved >= measured > 0"', "bare")
    for bare, expected in ((10.1, "explained by a control"), (20.0, "reproduced")):
        project = make_project(tmp_path / expected, rule)
        put_recorded(project, [{"number": value, "bare": bare} for value in FIVE])
        assert row(project, "number")["verdict"] == expected


def test_a_failure_is_explained_only_by_a_comparison_that_says_so(tmp_path):
    rules = {"bare < 1": "explained by a control", "bare": "contradicted"}
    for k, (rule, expected) in enumerate(rules.items()):
        project = make_project(tmp_path / str(k), CLAIMS.replace('"bare.saved >= measured > 0"', rule))
        put_recorded(project, [{"number": value, "bare": 0.5} for value in WRONG])
        assert row(project, "number")["verdict"] == expected


def test_a_missing_control_is_told(project):
    assert "Without the control: untrained network." in record_number(project, FIVE)["why"]


def test_fewer_than_five_seeds_give_no_verdict(project):
    found = record_number(project, FIVE[:4])
    assert found["verdict"] == "not run"
    assert "4 seeds" in found["why"]


def test_what_differs_from_the_document_is_told(project):
    found = record_number(project, FIVE)
    assert "n_pairs 200 instead of 3" in found["why"]
    assert "latent_dim 32" in found["same"]  # 32 is among latent_dims


def test_a_number_on_other_data_is_not_testable(project):
    put_recorded(project, [{"on-celeba": 0.04}] * 5)
    found = row(project, "on-celeba")
    assert (found["verdict"], found["scale"]) == ("not testable here", "stand-in data")
    assert found["measured"] == 0.04
    assert "dataset mnist instead of celeba" in found["differences"]


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([0.04] * 5, "direction only"),
        ([-0.04] * 5, "not seen on stand-in"),
        ([-0.1, 0.1, -0.2, 0.2, 0], "undecided"),
    ],
)
def test_on_other_data_a_direction_is_seen_or_not_and_neither_is_more(project, values, verdict):
    put_recorded(project, [{"celeba-direction": value} for value in values])
    assert row(project, "celeba-direction")["verdict"] == verdict


def test_a_subset_of_the_documents_data_counts_as_its_data_on_a_smaller_scale(project):
    put_recorded(project, [{"celeba-direction": 0.04}] * 5, setup={"dataset": "celeba-6000"})
    found = row(project, "celeba-direction")
    assert (found["verdict"], found["scale"]) == ("reproduced", "smaller")


def test_data_that_a_document_does_not_give_are_stand_ins(tmp_path):
    project = make_project(tmp_path / "p", CLAIMS.replace("mnist: {}", "mnist: {not_given: why}"))
    assert record_number(project, FIVE)["verdict"] == "direction only"


def test_published_weights_are_a_scale_of_their_own(project):
    assert record_number(project, FIVE, setup={"weights": "published"})["scale"] == "published weights"


def test_what_cannot_be_tested_stays_so_even_when_measured(project):
    put_recorded(project, [{"no-text": 3}] * 5)
    found = row(project, "no-text")
    assert (found["verdict"], found["measured"]) == ("not testable here", 3)


def test_without_a_common_unit_there_is_no_comparison_measured_or_not(tmp_path):
    text = CLAIMS.replace("untestable: the text is not at hand", "no_common_unit: in furlongs")
    project = make_project(tmp_path / "p", text)
    assert row(project, "no-text")["verdict"] == "no common unit"
    put_recorded(project, [{"no-text": 3}] * 5)
    found = row(project, "no-text")
    assert (found["verdict"], found["answer"]) == ("no common unit", "supported")


def test_a_claim_of_ours_has_no_scale_and_no_set_up_to_differ_in(tmp_path):
    project = make_project(
        tmp_path / "p", CLAIMS.replace("    unit:", "    counted_as: claim of ours\n    unit:")
    )
    found = record_number(project, FIVE)
    assert (found["scale"], found["differences"], found["same"]) == (None, [], [])


def test_too_few_points_are_told(tmp_path):
    text = CLAIMS.replace("    reported: 10\n", "    reported: 10\n    least_n: 300\n")
    found = record_number(make_project(tmp_path / "p", text), FIVE)
    assert "Limited: 200 pairs a seed, fewer than 300." in found["why"]
