"""Does the standard deviation that a decoder gives track the errors that it makes?"""

from dataclasses import asdict, dataclass

from scipy.stats import spearmanr
from torch import Tensor


@dataclass(frozen=True)
class Calibration:
    """Predicted against real errors.

    Attributes:
        ratio: mean squared error over mean predicted variance; 1 is calibrated, more is overconfident.
        rank_correlation: Spearman's, of squared error and predicted variance, both summed over pixels.
        coverage: share of pixels within two predicted standard deviations; 0.954 for normal errors.
    """

    ratio: float
    rank_correlation: float
    coverage: float

    def readings(self) -> dict[str, float]:
        """Give the three by name."""
        return asdict(self)


def calibration(x: Tensor, mean: Tensor, std: Tensor) -> Calibration:
    """Compare images (n, D) with the mean (n, D) and standard deviation (n, D) of their own codes."""
    squares, variance = (x - mean).square(), std.square()
    order = spearmanr(squares.sum(-1).numpy(), variance.sum(-1).numpy()).statistic
    within = (squares <= 4 * variance).double().mean()
    return Calibration(float(squares.mean() / variance.mean()), float(order), float(within))
