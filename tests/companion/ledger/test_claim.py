"""One claim: what its fields may hold, and what follows from them."""

import pytest
from companion.ledger.claim import Claim
from pydantic import ValidationError

FIELDS = {
    "id": "one-claim", "document": "d", "place": "p", "statement": "It is so.", "quantity": "q", "unit": "1",
    "reported": 2, "confidence": "S", "criterion": {"kind": "equals"}, "notebook": "n",
}  # fmt: skip


def test_a_claim_has_expressions_for_what_is_measured_and_what_could_explain_it():
    claim = Claim(
        **FIELDS,
        measured="a.b",
        controls={"bare": "c"},
        beside={"twice": "2 * measured"},
        sides={"other": "d", "elsewhere": {"measured": "e", "notebook": "m"}},
    )
    assert claim.measured.names == ("a.b",)
    assert not claim.controls["bare"].judges
    assert claim.beside["twice"]({}, 3) == 6
    assert claim.sides["other"].notebook is None
    assert (claim.sides["elsewhere"].notebook, claim.sides["elsewhere"].measured.text) == ("m", "e")


def test_a_value_from_a_summary_is_second_hand_and_a_claim_is_the_documents_unless_it_says_otherwise():
    assert Claim(**FIELDS).second_hand
    assert not Claim(**FIELDS | {"confidence": "P"}).second_hand
    assert Claim(**FIELDS).counted_as == "claim of the document"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"counted_as": "hearsay"}, "expected one of claim of the document, claim of ours"),
        ({"sides": ["a"]}, "got sides"),
        ({"beside": "a"}, "got beside 'a', expected name: expression"),
        ({"sides": {"one": {"notebook": "m"}}}, "got side 'one'"),
        ({"measured": "3"}, "expected the name of a reading"),
        ({"no_common_unit": 3}, "got no_common_unit 3, expected the reason as text"),
        ({"used": "mnist"}, "got used 'mnist', expected a mapping"),
        ({"reported": [2, 1]}, "got reported"),
    ],
)
def test_a_wrong_field_is_refused(change, message):
    with pytest.raises(ValidationError, match=message):
        Claim(**FIELDS | change)
