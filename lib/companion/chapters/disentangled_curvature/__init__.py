"""Chapter: are disentangled spaces more curved, and does it matter?"""

from companion.chapters.disentangled_curvature.distance_survey import N_SEGMENTS, distance_survey
from companion.chapters.disentangled_curvature.probe import probe_accuracy
from companion.chapters.disentangled_curvature.space_scores import RULERS, drawn_points, score_space
from companion.chapters.disentangled_curvature.unspecified_code import held_at, local_readings
from companion.chapters.disentangled_curvature.variations import (
    class_gaussian,
    informative_coordinates,
    variations,
)

__all__ = [
    "N_SEGMENTS",
    "RULERS",
    "class_gaussian",
    "distance_survey",
    "drawn_points",
    "held_at",
    "informative_coordinates",
    "local_readings",
    "probe_accuracy",
    "score_space",
    "variations",
]
