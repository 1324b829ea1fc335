"""Chapter: whose Jacobian is smooth and well conditioned?"""

from companion.chapters.jacobian_conditioning.diversity import diversity
from companion.chapters.jacobian_conditioning.far_field import far_field
from companion.chapters.jacobian_conditioning.jacobian_survey import jacobian_survey
from companion.chapters.jacobian_conditioning.parametrised_curve import parametrised_curve
from companion.chapters.jacobian_conditioning.whitening import Whitening

__all__ = [
    "Whitening",
    "diversity",
    "far_field",
    "jacobian_survey",
    "parametrised_curve",
]
