"""Which measures are of the decoded manifold, and which of the coordinates that it is described in?"""

import math
from dataclasses import dataclass, replace

import torch

from companion.chapters.one_ruler.measures import MEASURES
from companion.chapters.one_ruler.readings import values_of
from companion.chapters.one_ruler.reparametrisation import disguises
from companion.measures.of_space.survey import Survey, SurveySizes, survey
from companion.measures.space import Space

COORDINATES = ("bent", "scaled")
PIXELS = ("rotated", "brighter")
DISGUISES = (*COORDINATES, *PIXELS)
NOISE_FACTOR = 3.0


@dataclass(frozen=True, eq=False)
class Invariance:
    """How the readings of one space change when it is looked at in other ways.

    Attributes:
        before: name of the measure -> reading.
        after: disguise -> the readings in each disguise of that kind.
        resampling_noise: name -> standard deviation of the reading over new draws of the planes, in its unit
            of change.
        tolerance: change that does not count as a move.
    """

    before: dict[str, float]
    after: dict[str, list[dict[str, float]]]
    resampling_noise: dict[str, float]
    tolerance: float

    def change(self, measure: str, disguise: str) -> float:
        """Largest change of a reading over the disguises of a kind, in its unit of change."""
        before = self.before[measure]
        changes = [abs(after.get(measure, math.inf) - before) for after in self.after[disguise]]
        return max(changes) / MEASURES[measure].unit_of_change(before)

    def moves(self, measure: str, disguise: str) -> bool:
        """Return whether a reading changed by more than the tolerance and than new draws can explain."""
        return self.change(measure, disguise) > max(
            self.tolerance, NOISE_FACTOR * self.resampling_noise[measure]
        )

    def is_of_the_manifold(self, measure: str) -> bool:
        """Return whether a reading stays under every change of coordinates."""
        return not any(self.moves(measure, disguise) for disguise in COORDINATES)


def invariance(
    space: Space,
    *,
    generator: torch.Generator,
    sizes: SurveySizes | None = None,
    strength: float = 0.5,
    factor: float = 3.0,
    n_bends: int = 3,
    tolerance: float = 0.05,
    n_redraws: int = 6,
) -> Invariance:
    r"""Take every reading of a space, and again in disguise (`eq-reparametrisation`).

    $$\tilde f = f \circ \varphi^{-1}, \quad \tilde z = \varphi(z), \qquad \tilde f(\tilde z) = f(z)$$

    The decoded pictures are the same, and so are their manifold and all lengths on it. A reading that moves
    is, at least in part, one of the coordinates. The control is to draw planes and starts anew: a measure
    that draws may move by what its draws do.

    Args:
        space: with a decoder and codes in double precision; its metric is taken to be the decoder's pullback.
        generator: of the disguises and of all that is drawn, on the CPU.
        sizes: how much is measured.
        strength: of the random diffeomorphisms.
        factor: by which coordinates, and pixels, are scaled.
        n_bends: number of diffeomorphisms; the largest change counts.
        tolerance: change that does not count as a move, 0.05 for 5 per cent or 0.05 nats.
        n_redraws: new draws of planes and starts.
    """
    seed = int(torch.randint(2**31, (), generator=generator))
    ways = disguises(space, strength=strength, factor=factor, generator=generator, n_bends=n_bends)

    def surveyed(disguise: Space) -> Survey:
        return survey(disguise, sizes=sizes, generator=torch.Generator().manual_seed(seed), seed=seed)

    plain = surveyed(replace(space, metric=None))
    before, noise = values_of(plain), {}
    draws = [values_of(plain.redrawn(seed + k)) for k in range(1, n_redraws + 1)]
    for name, value in before.items():
        spread = torch.tensor([draw[name] for draw in draws]).double().std().item()
        noise[name] = spread / MEASURES[name].unit_of_change(value)
    after = {kind: [values_of(surveyed(one)) for one in several] for kind, several in ways.items()}
    return Invariance(before, after, noise, tolerance)
