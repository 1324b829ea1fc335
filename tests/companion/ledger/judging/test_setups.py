"""The document's set-up beside ours: what is the same, what differs, what nobody knows."""

import pytest
from companion.ledger.claim import Claim
from companion.ledger.judging.setups import Comparison, Setups, compare, load_setups

FIELDS = {
    "id": "one", "document": "d", "place": "p", "statement": "It is so.", "quantity": "q", "unit": "1",
    "reported": 2, "confidence": "P", "criterion": {"kind": "equals"}, "notebook": "n",
}  # fmt: skip
SETUPS = Setups(
    {"d": {"activation": "elu", "passes": 50, "images": 600}, "e": {"activation": "tanh"}},
    {
        "n": [
            {"readings": ["a.b"], "activation": "elu", "output": "linear", "passes": 5, "images": 60},
            {"readings": ["a"], "activation": "relu", "output": "linear", "passes": 50, "images": 600},
        ]
    },
)


def claim(measured, **more):
    return Claim(**FIELDS, measured=measured, **more)


def test_a_reading_belongs_to_the_first_entry_that_it_begins_with():
    found = compare(claim("a.b.saved"), {}, SETUPS)
    assert found.same == ("activation elu",)
    assert found.differs == ("passes 5 instead of 50", "images 60 instead of 600")
    assert found.unknown == ("output",)
    assert found.share == pytest.approx(0.01)
    assert "1.0% of the document's images" in found.toy
    assert compare(claim("a.bc"), {}, SETUPS).differs == ("activation relu instead of elu",)


def test_several_models_are_told_together_and_the_longest_training_counts():
    found = compare(claim("a.b.saved - a.c.saved"), {}, SETUPS)
    assert "passes 5 and 50 instead of 50" in found.differs
    assert (found.share, found.toy) == (1, "")


def test_a_claim_overrides_its_documents_points_and_names_another_training():
    found = compare(claim("a.c", trained_as="e", setup={"activation": "relu"}), {}, SETUPS)
    assert found.same == ("activation relu",)
    assert found.share is None


def test_unstated_passes_are_a_toy_when_ours_are_few():
    assert compare(claim("a.b", trained_as="e"), {}, SETUPS).toy.startswith("Toy scale: 5 passes")
    assert compare(claim("a.c", trained_as="e"), {}, SETUPS).toy == ""


def test_parameters_of_the_run_are_compared_by_name():
    found = compare(
        claim("x", setup={"n_pairs": 3, "latent_dim": 2, "noise": 1}),
        {"n_pairs": 9, "latent_dims": [2, 4]},
        SETUPS,
    )
    assert (found.same, found.differs) == (("latent_dim 2",), ("n_pairs 9 instead of 3",))
    assert not found.agrees
    assert Comparison(same=("a",)).agrees


def test_a_wrong_file_is_refused_and_none_states_nothing(tmp_path):
    assert load_setups(tmp_path) == Setups()
    path = tmp_path / "book" / "setups.yml"
    path.parent.mkdir()
    path.write_text("documents: {}\nours: {n: [{readings: [a], speed: 3}]}\n")
    with pytest.raises(ValueError, match="got 'speed', expected one of activation"):
        load_setups(tmp_path)
    path.write_text("documents: {}\nours: {}\ntheirs: {}\n")
    with pytest.raises(ValueError, match="got section 'theirs'"):
        load_setups(tmp_path)
