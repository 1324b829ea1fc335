"""Chapter: every model under every measure."""

from companion.chapters.one_ruler.agreement import agreement_given, interval_over_models
from companion.chapters.one_ruler.contrasts import contrast, savings
from companion.chapters.one_ruler.factor_structure import factor_structure
from companion.chapters.one_ruler.grid_tables import cell_texts, mean_readings, ranked_causes
from companion.chapters.one_ruler.invariance import COORDINATES, DISGUISES, invariance
from companion.chapters.one_ruler.measures import MEASURES
from companion.chapters.one_ruler.model_grid import (
    PARTS,
    GridModel,
    GridTraining,
    labelled_pictures,
    measure_cell,
    space_of,
)
from companion.chapters.one_ruler.readings import take_readings
from companion.chapters.one_ruler.reparametrisation import random_diffeomorphism
from companion.chapters.one_ruler.variance_shares import seed_share, variance_shares

__all__ = [
    "COORDINATES",
    "DISGUISES",
    "MEASURES",
    "PARTS",
    "GridModel",
    "GridTraining",
    "agreement_given",
    "cell_texts",
    "contrast",
    "factor_structure",
    "interval_over_models",
    "invariance",
    "labelled_pictures",
    "mean_readings",
    "measure_cell",
    "random_diffeomorphism",
    "ranked_causes",
    "savings",
    "seed_share",
    "space_of",
    "take_readings",
    "variance_shares",
]
