"""Chapter: are latent straight lines geodesics?"""

from companion.chapters.near_zero_curvature.analogy import analogy, loop_turn, shao_analogy
from companion.chapters.near_zero_curvature.arc_lengths import arc_lengths
from companion.chapters.near_zero_curvature.class_groups import (
    document_groups,
    low_and_high_thirds,
    separation_numbers,
    separation_tests,
)
from companion.chapters.near_zero_curvature.eigenvector_walk import eigenvector_walk
from companion.chapters.near_zero_curvature.encoder_steps import encoder_steps
from companion.chapters.near_zero_curvature.image_comparison import compare_images
from companion.chapters.near_zero_curvature.learned_surface import learned_surface, spread
from companion.chapters.near_zero_curvature.mean_comparison import mean_comparison
from companion.chapters.near_zero_curvature.shooting_error import shooting_error

__all__ = [
    "analogy",
    "arc_lengths",
    "compare_images",
    "document_groups",
    "eigenvector_walk",
    "encoder_steps",
    "learned_surface",
    "loop_turn",
    "low_and_high_thirds",
    "mean_comparison",
    "separation_numbers",
    "separation_tests",
    "shao_analogy",
    "shooting_error",
    "spread",
]
