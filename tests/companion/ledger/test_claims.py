"""The file of claims: that ours is whole, and that a wrong one is refused with its line and id."""

import subprocess
import sys

import pytest
from companion import ledger
from companion.project_paths import notebook_names
from ledger_project import CLAIMS, make_project

ENTRY = """
  - id: {id}
    <<: *base
    reported: 1
    criterion: {{kind: equals}}
"""
TARGETS = """
T2,MNIST,VAE,c_hat,0.071
T2,MNIST,Szabo,c_hat,0.142
T2,MNIST,Mathieu,c_hat,0.178
T2,MNIST,Jha,c_hat,0.167
T2,MultiPIE,VAE,c_hat,0.65
T2,MultiPIE,Mathieu,c_hat,0.72
T2,MultiPIE,Jha,c_hat,0.71
T2,Chairs,VAE,c_hat,0.162
T2,Chairs,Szabo,c_hat,0.262
T2,Chairs,Mathieu,c_hat,0.311
T2,Chairs,Jha,c_hat,0.315
T5,MNIST,VAE,angle_deg,21.45
T5,MNIST,Szabo,angle_deg,34.12
T5,MNIST,Mathieu,angle_deg,32.25
T5,MNIST,Jha,angle_deg,32.76
T5,MultiPIE,VAE,angle_deg,27.95
T5,MultiPIE,Szabo,angle_deg,37.42
T5,MultiPIE,Mathieu,angle_deg,36.88
T5,MultiPIE,Jha,angle_deg,36.96
T5,Chairs,VAE,angle_deg,23.45
T5,Chairs,Szabo,angle_deg,36.77
T5,Chairs,Mathieu,angle_deg,35.86
T5,Chairs,Jha,angle_deg,36.50
Td,MNIST,Szabo,dist_E,0.114
Td,MNIST,Szabo,dist_R,0.297
Td,MNIST,Szabo,F_E,91.12
Td,MNIST,Szabo,F_R,94.56
Td,MNIST,Mathieu,dist_E,0.112
Td,MNIST,Mathieu,dist_R,0.355
Td,MNIST,Mathieu,F_E,94.32
Td,MNIST,Mathieu,F_R,98.00
Td,MNIST,Jha,dist_E,0.116
Td,MNIST,Jha,dist_R,0.336
Td,MNIST,Jha,F_E,92.22
Td,MNIST,Jha,F_R,96.60
Td,Chairs,Szabo,dist_E,0.158
Td,Chairs,Szabo,dist_R,0.344
Td,Chairs,Szabo,F_E,91.16
Td,Chairs,Szabo,F_R,95.22
Td,Chairs,Mathieu,dist_E,0.160
Td,Chairs,Mathieu,dist_R,0.376
Td,Chairs,Mathieu,F_E,94.33
Td,Chairs,Mathieu,F_R,96.34
Td,Chairs,Jha,dist_E,0.156
Td,Chairs,Jha,dist_R,0.365
Td,Chairs,Jha,F_E,94.24
Td,Chairs,Jha,F_R,96.44
T4,MultiPIE,VAE,dist_E,0.312
T4,MultiPIE,VAE,dist_R,1.142
T4,MultiPIE,VAE,F_E,82.98
T4,MultiPIE,VAE,F_R,89.04
T4,MultiPIE,Mathieu,dist_E,0.346
T4,MultiPIE,Mathieu,dist_R,1.784
T4,MultiPIE,Mathieu,F_E,89.37
T4,MultiPIE,Mathieu,F_R,94.45
T4,MultiPIE,Jha,dist_E,0.332
T4,MultiPIE,Jha,dist_R,1.602
T4,MultiPIE,Jha,F_E,90.06
T4,MultiPIE,Jha,F_R,95.60
Tdim,MNIST,16,c_hat,0.065
Tdim,MNIST,64,c_hat,0.069
Tdim,MNIST,80,c_hat,0.071
Tdim,MNIST,16,F_E,83.32
Tdim,MNIST,64,F_E,85.22
Tdim,MNIST,80,F_E,87.38
Tdim,MNIST,16,F_R,91.74
Tdim,MNIST,64,F_R,92.33
Tdim,MNIST,80,F_R,96.23
"""
FAMILY = {"c_hat": "chat", "angle_deg": "angle", "dist_E": "distance", "dist_R": "distance"}
FAMILY |= {"F_E": "fscore", "F_R": "fscore"}
SUFFIX = {"dist_E": "-euclidean", "dist_R": "-riemannian", "F_E": "-euclidean", "F_R": "-riemannian"}
OTHERS = {
    "shukla2019-rank-vae-relu": 8,
    "shukla2019-rank-vae-elu": 16,
    "shukla2019-rank-mathieu-relu": 15,
    "shukla2019-rank-mathieu-elu": 16,
    "shrivastava2024-rank-cae-s1": [5, 7],
    "shrivastava2024-rank-dae-s1": [5, 7],
    "shrivastava2024-rank-cae-s2": [6, 7],
    "shrivastava2024-rank-dae-s2": [6, 7],
    "shrivastava2024-rank-cae-s3": [29, 48],
    "shrivastava2024-rank-dae-s3": [29, 48],
    "shrivastava2024-rank-vae-s1": 7,
    "shrivastava2024-rank-vae-s2": 7,
    "shrivastava2024-rank-vae-s3": 48,
    "shrivastava2024-psnr-vae": 25,
    "shrivastava2024-angle-vae-zero": 0,
    "shao2017-fig2-length-saved": 0.35,
    "shao2017-fig2-true-line-length": 19.49,
    "shao2017-fig2-true-geodesic-length": 7.63,
    "shao2017-fig3-celeba-1-linear": 65.84,
    "shao2017-fig3-celeba-2-geodesic": 53.76,
    "shao2017-fig3-celeba-3-saved": 0.069,
    "shao2017-fig4-svhn-1-saved": 0.012,
    "shao2017-table2-celeba-geodesic": 0.7782278,
    "shao2017-table2-celeba-linear": 0.7638913,
    "shao2017-table2-svhn-geodesic": 0.9024925,
    "shao2017-table2-svhn-linear": 0.9021349,
    "shao2017-fig7-linear-positive-count": 32,
    "arvanitidis2018-clusters-0-1-2-euclidean": 77.57,
    "arvanitidis2018-clusters-0-1-2-riemannian": 94.28,
    "arvanitidis2018-clusters-3-4-7-euclidean": 77.80,
    "arvanitidis2018-clusters-3-4-7-riemannian": 89.54,
    "arvanitidis2018-clusters-5-6-9-euclidean": 64.93,
    "arvanitidis2018-clusters-5-6-9-riemannian": 81.13,
    "arvanitidis2018-likelihood-rbf": -50.34,
    "arvanitidis2018-likelihood-standard": -68.25,
    "hauberg2018-correlation-gp-lvm": 0.996819,
    "hauberg2018-hausdorff-rbf-vae": 0.788519,
    "ramirez2020-vae-128-tanh-logdet-range": [0.9, 13.3],
    "ramirez2020-gan-128-tanh-logkappa-median": 1.82,
    "ramirez2020-dae-128-sigmoid-kappa-max": 32,
    "ramirez2020-rerun-gan-logkappa-p95": 15.4,
    "jha2018-probe-szabo-16-s": 98.46,
    "michelis2021-worst-case-gain": 0.102,
}


@pytest.fixture(scope="module")
def claims(root):
    return ledger.load_claims(root / "book" / "claims.yml")


def targets() -> list[tuple[str, float]]:
    """Claim id and reported value of every line of the table of targets."""
    found = []
    for line in TARGETS.split():
        table, dataset, model, quantity, value = line.split(",")
        family, suffix = FAMILY[quantity], SUFFIX.get(quantity, "")
        middle = (
            f"{family}-{dataset}-{model}{suffix}"
            if table != "Tdim"
            else f"dimension-{model}-{family}{suffix}"
        )
        found.append((f"shukla2019-{middle}".lower(), float(value)))
    return found


def test_every_reported_number_of_the_list_of_targets_has_a_claim(claims):
    wrong = [(name, value) for name, value in targets() if claims[name].reported != value]
    assert not wrong
    assert len(targets()) == 68


@pytest.mark.parametrize(("name", "value"), OTHERS.items())
def test_reported_values_are_those_of_the_documents(claims, name, value):
    assert claims[name].reported == value


def test_all_five_documents_and_all_their_chapters_have_claims(claims, root):
    assert {claim.document for claim in claims} == set(claims.documents)
    chapters = {name for name in notebook_names(root) if name[:2] <= "08"}  # later pages test no document
    assert {claim.notebook for claim in claims} == chapters


def test_no_target_rests_on_memory_or_on_our_own_pilot(claims):
    assert not [claim.id for claim in claims if claim.confidence in "MX"]


def test_statements_are_sentences(claims):
    assert not [claim.id for claim in claims if not claim.statement.rstrip().endswith((".", ")"))]


def test_the_ledger_does_not_load_torch():
    code = "import sys, companion.ledger; sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_id_is_answered_with_the_nearest_one(claims):
    with pytest.raises(ValueError, match="did you mean 'shao2017-fig2-length-saved'"):
        claims["shao2017-fig2-lenght-saved"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("id: sentence", "id: number"),
            r"claims.yml:\d+: number: got a second claim 'number', expected each id once",
        ),
        (("id: sentence", "id: A Sentence"), "got id 'A Sentence', expected words of a-z"),
        (
            ("kind: direction,", "kind: directoin,"),
            "sentence: got criterion kind 'directoin', expected one of",
        ),
        (("reported: positive", "reported: up"), "got reported 'up' in a criterion 'direction'"),
        (
            ("rtol: 0.1, dir", "rtol: tenth, dir"),
            "number: got rtol 'tenth' in a criterion 'within', expected a number",
        ),
        (("{kind: within, rtol: 0.1}", "{kind: within}"), "got a criterion 'within' without rtol and atol"),
        (
            ("reported: 10", "reported: null"),
            "got criterion 'within' with reported None, expected a reported number",
        ),
        (
            ("reported: 10", "reported: [2, 1]"),
            r"got reported \[2, 1\], expected a number, \[low, high\] or null",
        ),
        (
            ("notebook: 02_near", "notebook: 02_naer"),
            "got notebook '02_naer_zero_curvature', which is unknown; did you",
        ),
        (("document: shao2017", "document: shao2018"), "got document 'shao2018'.* did you mean 'shao2017'"),
        (("confidence: P\n", "confidence: Q\n"), "got confidence 'Q'"),
        (("dataset: mnist,", "dataset: mnits,"), "got dataset 'mnits' in setup.* did you mean 'mnist'"),
        (
            ("    untestable", "    untested"),
            "no-text: got field 'untested', expected a known field; did you mean",
        ),
        (("    statement: Something is so.\n", ""), "number: got no statement, expected every field but"),
        (("statement: Something is so.", "statement: ''"), "got statement '', expected text"),
        (
            ('{untrained network: "bare.saved >= measured > 0"}', "untrained"),
            "got controls 'untrained', expected name",
        ),
        (
            ("    untestable: the", "    counted_as: the"),
            "got counted_as 'the text is not at hand', expected one of",
        ),
        (
            ("    untestable: the text is not at hand", "    sampled: {n: 3}"),
            "got sampled {'n': 3}, expected n and what",
        ),
        (
            ("    untestable: the text is not at hand", "    sides: {a: {was: b}}"),
            "got side 'a' .* expected an expression",
        ),
        (
            ("    untestable: the text is not at hand", "    sides: {a: {measured: b, notebook: 2}}"),
            "of side 'a', which",
        ),
        (
            ("shared:\n", "ranges: {round: [q]}\nshared:\n"),
            "got ranges of 'round', expected one of real, positive",
        ),
        (
            ("shared:\n", "exams: {n: [{asks: a, passes: b, of: [c]}]}\nshared:\n"),
            "got 'b', expected a comparison",
        ),
        (
            ("shared:\n", "exams: {n: [{asks: a}]}\nshared:\n"),
            "exams of n: got .*, expected asks, passes and of",
        ),
        (("    reported: 10\n", "    reported: 10\n    reported: 11\n"), "key 'reported' stands twice, line"),
        (("shared:", "shraed:"), "got section 'shraed', expected documents"),
        (("claims:", "claims: ]"), "got invalid YAML"),
    ],
)
def test_a_wrong_claim_is_refused_with_what_is_wrong(tmp_path, change, message):
    assert change[0] in CLAIMS
    make_project(tmp_path, CLAIMS.replace(*change))
    with pytest.raises(ValueError, match=message):
        ledger.load_claims(tmp_path / "book" / "claims.yml")


def test_every_fault_of_a_file_is_told_at_once_one_a_line(tmp_path):
    make_project(tmp_path, CLAIMS + ENTRY.format(id="number") + ENTRY.format(id="Two Words"))
    with pytest.raises(ValueError, match=r"claims\.yml") as error:
        ledger.load_claims(tmp_path / "book" / "claims.yml")
    assert len(str(error.value).splitlines()) == 2


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match="claims: got no file"):
        ledger.load_claims(tmp_path / "claims.yml")
