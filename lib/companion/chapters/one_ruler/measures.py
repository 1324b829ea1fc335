"""The table of measures, those of the five documents and this book's own: one joins the grid in one line."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from companion.measures.of_space.curvature import (
    has_curvature,
    scalar,
    sectional,
    sectional_data,
    tangent_angle,
    tangent_angle_geodesic,
)
from companion.measures.of_space.decoder import calibration, log_det, log_kappa, rank_share
from companion.measures.of_space.labels import f_gain, label_r2, margin, margin_geodesic
from companion.measures.of_space.lengths import arc_chord_excess, c_hat, length_excess, mds_negative
from companion.measures.of_space.survey import Survey

LEAST_SOLVED = 0.5


@dataclass(frozen=True)
class Need:
    """What a measure needs of a survey.

    Attributes:
        reason: what is said where it is missing.
        is_met: whether a survey has it.
    """

    reason: str
    is_met: Callable[[Survey], bool]


@dataclass(frozen=True)
class Measure:
    """A measure that one of the documents, or this book, takes of a model.

    Attributes:
        function: survey -> number; it is taken again without each group of codes, for the interval.
        title: what tables and figures call it.
        unit: "1" for a pure number.
        kind: "curvature", "length", "labels", "Jacobian" or "uncertainty".
        resolution: changes are taken relative to the reading or to this, whichever is larger, in the
            measure's unit. A logarithm has no ratio, so its changes are in nats.
        needs: without them there is no reading, and the first that is missing says why.
        document: key of the document that uses it, "" for those that none uses.
    """

    function: Callable[[Survey], Tensor | float]
    title: str
    unit: str
    kind: str
    resolution: float
    needs: tuple[Need, ...] = ()
    document: str = ""

    def unit_of_change(self, value: float) -> float:
        """What a change of a reading is counted in."""
        is_logarithm = self.title.startswith("log")
        return self.resolution if is_logarithm else max(abs(value), self.resolution)

    def missing(self, survey: Survey) -> str:
        """Return why the measure cannot be taken of a survey, "" where it can."""
        return next((need.reason for need in self.needs if not need.is_met(survey)), "")


# Without most geodesics a reading would only tell of the solver.
SOLVED = (Need("most geodesics were not solved", lambda s: s.converged >= LEAST_SOLVED),)
LABELS = (Need("codes without labels", lambda s: s.space.labels is not None),)
PLANES = (Need("no plane, or a singular metric", has_curvature),)
FEW = (Need("too many dimensions", lambda s: s.space.codes.shape[1] <= s.sizes.scalar_dim),)
IMAGES = (Need("no image to compare with", lambda s: s.space.images is not None),)
STD = (Need("no standard deviation", lambda s: s.space.std is not None),)


def by_name(*lines: tuple) -> dict[str, Measure]:
    """Make measures of the fields of `Measure`, and name each as its function is named."""
    return {function.__name__: Measure(function, *others) for function, *others in lines}


MEASURES = by_name(
    (length_excess, "straight / geodesic, less 1", "1", "length", 0.005, SOLVED, "shao2017"),
    (mds_negative, "MDS, negative share", "1", "length", 0.01, SOLVED, "shao2017"),
    (sectional, "K L², random planes", "1", "curvature", 0.02, SOLVED + PLANES),
    (sectional_data, "K L², planes of the data", "1", "curvature", 0.02, SOLVED + PLANES),
    (scalar, "mean K L², all planes", "1", "curvature", 0.02, SOLVED + PLANES + FEW),
    (arc_chord_excess, "geodesic / chord, less 1", "1", "length", 0.005, SOLVED),
    (c_hat, "residual correlation ĉ", "1", "length", 0.01, SOLVED, "shukla2019"),
    (tangent_angle, "tangent angle, nearest code", "degrees", "curvature", 1.0, (), "shukla2019"),
    (tangent_angle_geodesic, "tangent angle, nearest by geodesic", "degrees", "curvature", 1.0, SOLVED),
    (margin, "margin of codes", "1", "labels", 0.02, LABELS, "shukla2019"),
    (margin_geodesic, "margin by geodesics", "1", "labels", 0.02, SOLVED + LABELS),
    (label_r2, "R² of labels above chance", "1", "labels", 0.005, SOLVED + LABELS, "shao2017"),
    (f_gain, "F-score gained", "per cent", "labels", 5.0, SOLVED + LABELS, "arvanitidis2018"),
    (log_det, "log det G, a dimension", "nats", "Jacobian", 1.0, (), "ramirez2020"),
    (log_kappa, "log κ(J)", "nats", "Jacobian", 1.0, (), "ramirez2020"),
    (rank_share, "rank of J over d", "1", "Jacobian", 0.02, (), "shukla2019"),
    (calibration, "log₁₀ error / variance", "1", "uncertainty", 1.0, IMAGES + STD, "arvanitidis2018"),
)
"""All measures, in the order of tables."""

RECORDED_AS = {"arc_chord_excess": "bend"}
"""Names of measures in results on disk, where they differ."""
MEASURED_BY = {recorded: name for name, recorded in RECORDED_AS.items()}
"""The measure of a name in results on disk, where they differ."""
