"""Chapter: are disentangled spaces more curved, and does it matter?"""

from companion.chapters.disentangled_curvature.probe import probe_accuracy
from companion.chapters.disentangled_curvature.space_scores import DISTANCES, SIZES, drawn_points, score_space
from companion.chapters.disentangled_curvature.unspecified_code import fixed_at, local_readings
from companion.chapters.disentangled_curvature.variations import (
    class_gaussian,
    informative_coordinates,
    variations,
)

__all__ = [
    "DISTANCES",
    "SIZES",
    "class_gaussian",
    "drawn_points",
    "fixed_at",
    "informative_coordinates",
    "local_readings",
    "probe_accuracy",
    "score_space",
    "variations",
]
