"""Chapter: does the generator know what it does not know?"""

from companion.chapters.variance_estimates.calibration import calibration
from companion.chapters.variance_estimates.hausdorff import hausdorff_distance
from companion.chapters.variance_estimates.marginal_likelihood import (
    LikelihoodEstimate,
    covered_by_all,
    importance_log_likelihood,
    prior_log_likelihood,
    rescaled,
)
from companion.chapters.variance_estimates.on_and_off_data import off_minus_on

__all__ = [
    "LikelihoodEstimate",
    "calibration",
    "covered_by_all",
    "hausdorff_distance",
    "importance_log_likelihood",
    "off_minus_on",
    "prior_log_likelihood",
    "rescaled",
]
