"""Chapter: stratified or smooth?"""

from companion.chapters.spsd_stratification.distance_choice import distances_by_choice, sample_shape
from companion.chapters.spsd_stratification.distinct_cells import distinct_cells
from companion.chapters.spsd_stratification.encoder_lipschitz import encoder_slopes
from companion.chapters.spsd_stratification.hilbert_response import rebuilt_distance_error
from companion.chapters.spsd_stratification.latent_tensors import latent_points, latent_tensors, noisy
from companion.chapters.spsd_stratification.noise_response import noise_response

__all__ = [
    "distances_by_choice",
    "distinct_cells",
    "encoder_slopes",
    "latent_points",
    "latent_tensors",
    "noise_response",
    "noisy",
    "rebuilt_distance_error",
    "sample_shape",
]
