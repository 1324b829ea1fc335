"""The table of measures: its names, what is counted as a change, and what a measure says that it lacks."""

import torch
from companion.chapters.one_ruler.measures import (
    FEW,
    LABELS,
    MEASURED_BY,
    MEASURES,
    PLANES,
    RECORDED_AS,
    SOLVED,
    Measure,
    by_name,
)
from companion.ledger import load_claims
from companion.measures.of_space.survey import SurveySizes, survey
from companion.measures.space import Space


def plane(labels=None, sizes=None):
    codes = torch.randn(6, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return survey(Space(lambda z: z, codes, labels), sizes=sizes, generator=torch.Generator().manual_seed(1))


def test_a_change_is_relative_to_the_reading_but_for_logarithms_and_tiny_readings():
    ratio = Measure(lambda s: 0.0, "ratio", "1", "length", 0.01)
    logarithm = Measure(lambda s: 0.0, "log size", "nats", "Jacobian", 1.0)
    assert [ratio.unit_of_change(v) for v in (-2.0, 0.001)] == [2.0, 0.01]
    assert logarithm.unit_of_change(-50.0) == 1.0


def test_the_first_need_that_is_not_met_is_the_reason():
    measure = Measure(lambda s: 0.0, "any", "1", "labels", 0.01, SOLVED + LABELS + FEW)
    assert measure.missing(plane()) == "codes without labels"
    assert measure.missing(plane(torch.arange(6), SurveySizes(scalar_dim=1))) == "too many dimensions"
    assert measure.missing(plane(torch.arange(6))) == ""
    unsolved = Measure(lambda s: 0.0, "any", "1", "labels", 0.01, SOLVED)
    stopped = survey(
        Space(lambda z: torch.cat([z, z.square().sum(-1, True)], -1), 3 * plane().space.codes),
        sizes=SurveySizes(max_steps=0),
    )
    assert unsolved.missing(stopped) == "most geodesics were not solved"


def test_curvature_needs_planes():
    curve = Space(lambda z: torch.cat([z, z**2], -1), torch.linspace(0, 1, 6).double()[:, None])
    measure = Measure(lambda s: 0.0, "any", "1", "curvature", 0.01, PLANES)
    assert measure.missing(survey(curve, generator=torch.Generator())) == "no plane, or a singular metric"
    assert measure.missing(plane()) == ""


def test_a_measure_is_named_as_its_function_is():
    def spread(s):
        return s.space.codes.std()

    assert by_name((spread, "spread", "1", "length", 0.1)) == {
        "spread": Measure(spread, "spread", "1", "length", 0.1)
    }


def test_documents_are_those_of_the_claims_and_titles_are_told_apart():
    assert {m.document for m in MEASURES.values()} - {""} <= set(load_claims().documents)
    assert len({m.title for m in MEASURES.values()}) == len(MEASURES)
    assert set(RECORDED_AS) <= set(MEASURES)
    assert not set(MEASURED_BY) & set(MEASURES)
