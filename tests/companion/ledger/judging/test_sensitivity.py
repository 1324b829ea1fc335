"""The board by other rules."""

from companion.ledger.judging.claim_table import evidence
from companion.ledger.judging.sensitivity import boards, changes
from ledger_project import put_recorded


def test_other_tolerances_and_one_training_less_change_what_hangs_on_them(project):
    values = [9.5, 9.6, 9.5, 9.6, 11.4]
    put_recorded(project, [{"number": value, "sentence": 1.0} for value in values])
    drawn = boards(evidence(project))
    assert drawn["as it is"]["number"] == "undecided"
    moved = changes(drawn)
    assert moved["tolerances doubled"] == {"number": ("undecided", "reproduced")}
    assert moved["without seed 4"] == {"number": ("undecided", "reproduced")}
    assert moved["tolerances halved"] == {}
    assert set(moved) == {"tolerances halved", "tolerances doubled", *(f"without seed {k}" for k in range(5))}
