"""The board of this book, drawn from its recorded runs: what a hostile reader would look for first."""

import csv
import json
import math

import outsider
import pytest
import yaml
from companion import ledger
from companion.ledger.claim import COUNTED, Claim
from companion.ledger.claims_file import read
from companion.ledger.judging.outcomes import OUTCOMES


@pytest.fixture(scope="module")
def claims(root):
    return ledger.load_claims(root / "book" / "claims.yml")


@pytest.fixture(scope="module")
def board(root):
    return ledger.scoreboard(root)


def test_nothing_is_contradicted_or_another_number_whose_interval_meets_what_is_accepted(board):
    wrong = []
    for row in board:
        if row["verdict"] not in ("contradicted", "another number") or not row["accepts"]:
            continue
        low, high = (math.inf * side if end is None else end for end, side in zip(row["accepts"], (-1, 1)))
        outside = [a >= high or b <= low for a, b in row["ends"]]
        wrong += [row["id"]] * (not any(outside))
    assert wrong == []


def test_nothing_whose_interval_holds_the_reported_number_is_contradicted(board):
    numbers = [row for row in board if isinstance(row["reported"], (int, float)) and row["interval"]]
    held = [row for row in numbers if row["interval"][0] <= row["reported"] <= row["interval"][1]]
    assert len(held) > 5
    assert {row["verdict"] for row in held} & {"contradicted", "another number"} == set()


def test_every_control_of_a_measured_claim_is_judged_in_every_training_that_counts(claims, board):
    for row in board:
        if row["measured"] is None or row["verdict"] in ("not testable here", "no common unit"):
            continue
        rules = claims[row["id"]].controls
        assert set(row["controls"]) == set(rules), row["id"]
        for name, control in row["controls"].items():
            assert control["seeds"] == len(row["seeds"]), (row["id"], name)
            assert (control["agree"] is not None) == rules[name].judges


def test_what_is_undecided_says_what_would_decide(board):
    for row in board:
        if row["verdict"] == "undecided":
            told = (
                "would decide",
                " seeds.",
                "Toy scale",
                "a control accounts for it in some trainings",
            )
            assert any(words in row["why"] for words in told), row["id"]
            assert (row["seeds_to_decide"] is None) or "would decide" in row["why"], row["id"]


def test_weights_of_others_are_one_training_and_say_so(board):
    published = [row for row in board if row["scale"] == "published weights"]
    assert published
    for row in published:
        assert "over draws of pictures alone" in row["why"]
        assert "trainings" not in row["why"]
        assert not any(point.startswith("passes") for point in row["differences"])


def test_what_holds_at_toy_scale_says_so(board):
    held = [row for row in board if row["verdict"] in ("reproduced", "direction only") and row["toy"]]
    assert all(row["toy"] in row["why"] for row in held if row["scale"] != "stand-in data")
    assert "shao2017-straight-lines-suffice" in {row["id"] for row in held}


def test_no_control_divides_the_trainings_of_what_is_said_to_hold(board):
    for row in board:
        if row["verdict"] in ("reproduced", "direction only"):
            controls = [one for one in row["controls"].values() if one["agree"] is not None]
            assert all(one["agree"] == 0 for one in controls), row["id"]


def test_the_collapsed_training_of_chapter_6_is_left_out_and_named(board):
    left_out = {row["id"] for row in board if row["failed_seeds"]}
    assert "ramirez2020-no-ill-conditioned-vae" in left_out
    assert all(claim.startswith("ramirez2020") for claim in left_out)
    assert {tuple(row["failed_seeds"]) for row in board if row["failed_seeds"]} == {("2",)}


def test_every_chapter_that_trains_has_an_exam(claims, board):
    trained = {row["notebook"] for row in board if row["counted_as"] == COUNTED[0]}
    assert trained <= set(claims.exams)


def test_curvature_is_read_in_the_same_planes_wherever_it_is_claimed(board):
    by_id = {row["id"]: row for row in board}
    near, more = by_id["shao2017-near-zero-curvature"], by_id["shukla2019-disentangled-more-curved"]
    assert {near["verdict"], more["verdict"]} == {"set-up decides"}
    assert "planes_of_the_data" in near["measured_by"]
    assert (
        by_id["shao2017-near-zero-curvature-uniform-planes"]["measured"]
        == near["sides"]["uniform planes"]["measured"]
    )
    assert "fewer than 100" in near["why"]


def test_claims_of_ours_and_arithmetic_are_counted_apart(board):
    counts = {name: [row for row in board if row["counted_as"] == name] for name in COUNTED}
    of_chapter_8 = [row for row in board if row["notebook"] == "08_one_ruler"]
    assert sum(row["counted_as"] == "claim of ours" for row in of_chapter_8) == len(of_chapter_8) - 1
    assert {row["verdict"] for row in counts["arithmetic or theorem"]} == {"reproduced"}
    assert all(row["scale"] is None for name in COUNTED[1:] for row in counts[name])
    assert all(row["second_hand"] == (row["confidence"] == "S") for row in board)


def test_ten_contradicted_claims_have_what_their_authors_would_answer(board):
    contradicted = [row for row in board if row["verdict"] == "contradicted"]
    assert sum(bool(row["authors_answer"]) for row in contradicted) >= 10
    assert all(row["authors_answer"] for row in contradicted if row["counted_as"] == COUNTED[0])


def test_an_outsider_who_reads_the_rules_agrees_on_every_claim(root, board):
    name, fields = "claims.yml", tuple(Claim.model_fields)
    book, entries = read(name, (root / "book" / name).read_text(encoding="utf-8"), fields)
    setups = yaml.safe_load((root / "book" / "setups.yml").read_text(encoding="utf-8"))
    runs = {}
    for path in sorted((root / "book" / "recorded").glob("0*/seed-*/result.json")):
        result = {"readings": {}, "claims": {}, **json.loads(path.read_text(encoding="utf-8"))}
        runs.setdefault(path.parts[-3], []).append(result)
    judged = {entry["id"]: outsider.judge(entry, book, setups, runs) for _, entry in entries}
    assert judged == {row["id"]: row["verdict"] for row in board}
    lines = (root / "tests" / "outsider.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 100


def test_every_verdict_of_before_has_its_claim_today(root, board):
    with (root / "book" / "verdicts_before.csv").open(newline="") as stream:
        before = {row["id"]: row["verdict"] for row in csv.DictReader(stream)}
    assert set(before) <= {row["id"] for row in board}
    assert "not reproduced" in before.values()
    assert {row["verdict"] for row in board} <= set(OUTCOMES)
