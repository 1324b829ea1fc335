"""The file of claims as it is written: tables unfold into claims, and a wrong table is refused by line."""

import pytest
from companion import ledger
from ledger_project import CLAIMS, make_project

TABLE = """
tables:
  - id: print-{data}-{model}
    <<: *base
    statement: On {data.name} {model.name} has {reported}.
    criterion: {kind: within, rtol: 0.1}
    measured: "{data}.{model}.q - {data}.bare.q"
    controls: {untrained: "{data}.bare.q >= measured"}
    setup: {latent_dim: 2}
    axes:
      data: {mnist: {name: MNIST, setup: {dataset: mnist}}, faces: {name: faces, confidence: C}}
      model: {vae: {name: the VAE}, jha: {name: Jha's}}
    values:
      mnist: {vae: 1.5, jha: {reported: 2, place: Table 9}}
      faces: {jha: [1, 3]}
"""


def load(tmp_path, table=TABLE):
    make_project(tmp_path, CLAIMS + table)
    return ledger.load_claims(tmp_path / "book" / "claims.yml")


def test_a_table_is_a_claim_per_value(tmp_path):
    claims = load(tmp_path, TABLE.replace("{kind: within, rtol: 0.1}", "{kind: holds}"))
    assert [claim.id for claim in claims][-3:] == ["print-mnist-vae", "print-mnist-jha", "print-faces-jha"]
    first, second, third = list(claims)[-3:]
    assert first.statement == "On MNIST the VAE has 1.5."
    assert third.statement == "On faces Jha's has 1 to 3."
    assert (first.reported, third.reported) == (1.5, [1, 3])
    assert first.setup == {"latent_dim": 2, "dataset": "mnist"}
    assert first.measured.names == ("mnist.vae.q", "mnist.bare.q")
    assert first.controls["untrained"].text == "mnist.bare.q >= measured"
    assert (second.place, first.place, third.confidence) == ("Table 9", "Table 1", "C")


def test_a_statement_writes_a_number_as_the_document_prints_it(tmp_path):
    claims = load(tmp_path, TABLE.replace("has {reported}", "has {reported:.2f}").replace("[1, 3]", "2"))
    statements = [claim.statement for claim in claims][-3:]
    assert statements[:2] == ["On MNIST the VAE has 1.50.", "On MNIST Jha's has 2.00."]


def test_a_statement_writes_a_share_in_per_cent(tmp_path):
    claims = load(tmp_path, TABLE.replace("has {reported}", "has {reported:.1%}").replace("[1, 3]", "2"))
    assert [claim.statement for claim in claims][-3] == "On MNIST the VAE has 150.0 %."


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "      faces: {jha",
            "      fcaes: {jha",
            "got 'fcaes' in values, expected one of axis data: mnist, faces",
        ),
        ("{data.name}", "{data.nmae}", "nmae"),
        ("{model.name} has", "{mdoel} has", "mdoel"),
        ("    values:", "    valeus:", "got no values, expected axes and values"),
        ("print-{data}-{model}", "print-{data}", "got a second claim 'print-mnist'"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(tmp_path, old, new, reason):
    assert old in TABLE
    with pytest.raises(ValueError, match=rf"claims\.yml:\d+: .*{reason}"):
        load(
            tmp_path,
            TABLE.replace("rtol: 0.1}", "rtol: 0.1, atol: 1}").replace(old, new).replace("[1, 3]", "2"),
        )
