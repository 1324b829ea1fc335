"""Every ruler of the five documents, by name, with one way to write what it read."""

from dataclasses import dataclass

from scipy.special import stdtrit
from torch import Tensor

LEVEL = 0.95


@dataclass(frozen=True)
class Ruler:
    """A measure that one of the documents, or this book, takes of a model.

    Attributes:
        title: what tables and figures call it.
        unit: "1" for a pure number.
        kind: "curvature", "length", "labels", "Jacobian" or "doubt".
        document: key of the document that uses it, "" for those that none uses.
        resolution: changes are taken relative to the reading or to this, whichever is larger, in the ruler's
            unit. A logarithm has no ratio, so its changes are in nats.
    """

    title: str
    unit: str
    kind: str
    document: str
    resolution: float

    def unit_of_change(self, value: float) -> float:
        """What a change of a reading is counted in."""
        is_logarithm = self.title.startswith("log")
        return self.resolution if is_logarithm else max(abs(value), self.resolution)


RULERS = {
    "length_excess": Ruler("straight / geodesic, less 1", "1", "length", "shao2017", 0.005),
    "mds_negative": Ruler("MDS, negative share", "1", "length", "shao2017", 0.01),
    "sectional": Ruler("K L², random planes", "1", "curvature", "", 0.02),
    "sectional_data": Ruler("K L², planes of the data", "1", "curvature", "", 0.02),
    "scalar": Ruler("mean K L², all planes", "1", "curvature", "", 0.02),
    "bend": Ruler("geodesic / chord, less 1", "1", "length", "", 0.005),
    "c_hat": Ruler("residual correlation ĉ", "1", "length", "shukla2019", 0.01),
    "tangent_angle": Ruler("tangent angle, nearest code", "degrees", "curvature", "shukla2019", 1.0),
    "tangent_angle_geodesic": Ruler("tangent angle, nearest by geodesic", "degrees", "curvature", "", 1.0),
    "margin": Ruler("margin of codes", "1", "labels", "shukla2019", 0.02),
    "margin_geodesic": Ruler("margin by geodesics", "1", "labels", "", 0.02),
    "label_r2": Ruler("R² of labels above chance", "1", "labels", "shao2017", 0.005),
    "f_gain": Ruler("F-score gained", "per cent", "labels", "arvanitidis2018", 5.0),
    "log_det": Ruler("log det G, a dimension", "nats", "Jacobian", "ramirez2020", 1.0),
    "log_kappa": Ruler("log κ(J)", "nats", "Jacobian", "ramirez2020", 1.0),
    "rank_share": Ruler("rank of J over d", "1", "Jacobian", "shukla2019", 0.02),
    "calibration": Ruler("log₁₀ error / variance", "1", "doubt", "arvanitidis2018", 1.0),
}
"""All rulers, in the order of tables. Curvature and tangents need two coordinates, labels need an encoder."""


@dataclass(frozen=True)
class Reading:
    """What a ruler read of a model, or why it could not.

    Attributes:
        value: in the ruler's unit; None where it could not be read.
        low: lower end of the 95 % interval over the draw of the points; None with the value.
        high: upper end.
        reason: why there is no value, "" where there is one.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""

    def __format__(self, spec: str) -> str:
        """Write `0.31 (0.25 to 0.37)`, or the reason."""
        if self.value is None:
            return self.reason
        return f"{self.value:{spec}} ({self.low:{spec}} to {self.high:{spec}})"


def absent(reason: str) -> Reading:
    """Make the reading of a ruler that does not apply."""
    return Reading(None, reason=reason)


def jackknifed(value: float, without: Tensor) -> Reading:
    r"""Make a reading with the interval of the delete-a-group jackknife.

    $$\theta \pm t_{g-1} \Big( \tfrac{g - 1}{g} \sum_j (\theta_{(j)} - \bar\theta)^2 \Big)^{1/2}$$

    It asks how much the reading depends on which points were drawn, whatever the ruler does with them: means
    over points, pairs and eigenvalues are treated alike.

    Args:
        value: from all points.
        without: (g,) readings without each group, g of 2 or more.

    Returns:
        the reading with its 95 % interval; for the mean of g points in g groups it is Student's.
    """
    g = len(without)
    spread = ((g - 1) / g * (without - without.mean()).square().sum()).sqrt().item()
    half = float(stdtrit(g - 1, (1 + LEVEL) / 2)) * spread
    return Reading(value, value - half, value + half)
