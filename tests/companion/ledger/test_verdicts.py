"""Verdicts on measurements that the real `Run` wrote."""

import pytest
from companion import ledger
from ledger_project import FIVE, put_recorded, record_number, row, write_run


def test_five_seeds_near_the_reported_number_reproduce_it(project):
    found = record_number(project, FIVE)
    assert found["verdict"] == "reproduced"
    assert found["measured"] == pytest.approx(10)
    assert found["interval"] == pytest.approx(ledger.t_interval(FIVE).interval)
    assert (found["seeds"], found["n"], found["profile"]) == ([0, 1, 2, 3, 4], 200, "paper")


def test_far_from_the_number_only_the_direction_is_left(project):
    assert record_number(project, [3.0, 3.1, 3.2, 2.9, 2.8])["verdict"] == "direction only"


def test_the_wrong_sign_is_not_reproduced(project):
    assert record_number(project, [-3.0, -3.1, -3.2, -2.9, -2.8])["verdict"] == "not reproduced"


def test_a_direction_needs_an_interval_clear_of_zero(project):
    put_recorded(project, [{"sentence": value} for value in (1.0, -0.9, 2.0, 0.4, -0.5)])
    found = row(project, "sentence")
    assert found["measured"] > 0
    assert found["verdict"] == "not reproduced"


def test_a_control_that_explains_the_effect_takes_the_verdict(project):
    found = record_number(project, FIVE, controls={"untrained network": {"value": 9.8, "explains": True}})
    assert found["verdict"] == "explained by a control"
    assert "untrained network (9.8)" in found["why"]


def test_a_control_that_explains_it_in_a_minority_of_seeds_does_not(project):
    for seed, value in enumerate(FIVE):
        control = {"untrained network": {"value": 1.0, "explains": seed < 2}}
        result = write_run(project, seed, {"number": value}, controls=control)
        target = project / "book" / "recorded" / "02_near_zero_curvature" / f"seed-{seed}"
        target.mkdir(parents=True)
        result.rename(target / "result.json")
    assert row(project, "number")["verdict"] == "reproduced"


def test_a_control_does_not_rescue_what_is_not_reproduced(project):
    options = {"controls": {"untrained network": {"value": -3, "explains": True}}}
    assert record_number(project, [-3.0] * 5, **options)["verdict"] == "not reproduced"


def test_a_missing_control_is_told(project):
    assert "Without the control: untrained network." in record_number(project, FIVE)["why"]


def test_fewer_than_five_seeds_give_no_verdict(project):
    found = record_number(project, FIVE[:4])
    assert found["verdict"] == "not run"
    assert "4 seeds" in found["why"]


def test_what_differs_from_the_document_is_told(project):
    why = record_number(project, FIVE)["why"]
    assert "n_pairs 200 instead of 3" in why
    assert "latent_dim" not in why  # 32 is among latent_dims


def test_a_number_on_other_data_is_not_testable(project):
    put_recorded(project, [{"on-celeba": 0.04}] * 5)
    found = row(project, "on-celeba")
    assert found["verdict"] == "not testable here"
    assert found["measured"] == 0.04
    assert "dataset mnist instead of celeba" in found["why"]


def test_on_other_data_a_direction_is_the_most_that_can_be_kept(project):
    put_recorded(project, [{"celeba-direction": 0.04}] * 5)
    assert row(project, "celeba-direction")["verdict"] == "direction only"


def test_a_subset_of_the_documents_data_counts_as_its_data(project):
    put_recorded(project, [{"celeba-direction": 0.04}] * 5, setup={"dataset": "celeba-6000"})
    found = row(project, "celeba-direction")
    assert found["verdict"] == "reproduced"
    assert "dataset celeba-6000 instead of celeba" in found["why"]


def test_what_cannot_be_tested_stays_so_even_when_measured(project):
    put_recorded(project, [{"no-text": 3}] * 5)
    found = row(project, "no-text")
    assert (found["verdict"], found["measured"]) == ("not testable here", 3)


def test_a_range_is_averaged_end_by_end(project):
    put_recorded(project, [{"sentence": [5, 7]}, {"sentence": [6, 7]}])
    assert row(project, "sentence")["measured"] == [5.5, 7]
