"""Which rulers measure the decoded manifold, and which the coordinates that it is described in?"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from pullback.metrics.pullback import PullbackMetric
from torch import Tensor, nn

from companion.chapters.one_ruler.material import RulerSizes, gather, redrawn
from companion.chapters.one_ruler.measures import RULERS
from companion.chapters.one_ruler.readings import values_of
from companion.chapters.one_ruler.reparametrisation import Disguise, disguises

COORDINATES = ("bent", "scaled")
PIXELS = ("rotated", "brighter")
DISGUISES = (*COORDINATES, *PIXELS)
DICE = 3.0


@dataclass(frozen=True, eq=False)
class Invariance:
    """How the readings of one space change when it is looked at in other ways.

    Attributes:
        before: name of the ruler -> reading.
        after: disguise -> the readings in each disguise of that kind.
        dice: name -> standard deviation of the reading over new draws of the planes, in its unit of change.
        tolerance: change that does not count as a move.
    """

    before: dict[str, float]
    after: dict[str, list[dict[str, float]]]
    dice: dict[str, float]
    tolerance: float

    def change(self, ruler: str, disguise: str) -> float:
        """Largest change of a reading over the disguises of a kind, in its unit of change."""
        before = self.before[ruler]
        changes = [abs(after.get(ruler, math.inf) - before) for after in self.after[disguise]]
        return max(changes) / RULERS[ruler].unit_of_change(before)

    def moves(self, ruler: str, disguise: str) -> bool:
        """Tell whether a reading changed by more than the tolerance, and more than the dice can explain."""
        return self.change(ruler, disguise) > max(self.tolerance, DICE * self.dice[ruler])

    def is_of_the_manifold(self, ruler: str) -> bool:
        """Tell whether a reading stays under every change of coordinates."""
        return not any(self.moves(ruler, disguise) for disguise in COORDINATES)

    @property
    def of_the_manifold(self) -> list[str]:
        """The rulers whose readings stay under every change of coordinates."""
        return [name for name in self.before if self.is_of_the_manifold(name)]


def invariance(
    decoder: nn.Module,
    codes: Tensor,
    labels: Tensor | None = None,
    *,
    generator: torch.Generator,
    sizes: RulerSizes | None = None,
    strength: float = 0.5,
    factor: float = 3.0,
    n_bends: int = 3,
    tolerance: float = 0.05,
    n_redraws: int = 6,
    images: Tensor | None = None,
    noise: Callable[[Tensor], Tensor] | None = None,
) -> Invariance:
    r"""Take every reading of a space, and again in disguise (`eq-reparametrisation`).

    $$\tilde f = f \circ \varphi^{-1}, \quad \tilde z = \varphi(z), \qquad \tilde f(\tilde z) = f(z)$$

    The decoded pictures are the same, and so are their manifold and all lengths on it. A reading that moves
    is, at least in part, one of the coordinates. The control is to draw planes and starts anew: a ruler that
    throws dice may move by what the dice do.

    Args:
        decoder: (*batch, d) -> (*batch, D), in double precision.
        codes: (n, d).
        labels: (n,) or None.
        generator: of the disguises and of all that is drawn, on the CPU.
        sizes: how much is measured.
        strength: of the random diffeomorphisms.
        factor: by which coordinates, and pixels, are scaled.
        n_bends: number of diffeomorphisms; the largest change counts.
        tolerance: change that does not count as a move, 0.05 for 5 per cent or 0.05 nats.
        n_redraws: new draws of planes and starts.
        images: (n, D) or None.
        noise: standard deviation (*batch, d) -> (*batch, D) or None. Of its pixels the total is used, which a
            rotation leaves alone.
    """
    sizes = sizes or RulerSizes()
    seed = int(torch.randint(2**31, (), generator=generator))
    ways = disguises(decoder, codes, strength=strength, factor=factor, generator=generator, n_bends=n_bends)
    plain = gather(decoder, codes, labels, generator=_dice(seed), sizes=sizes, images=images, noise=noise)

    def seen(disguise: Disguise) -> dict[str, float]:
        shown = images if images is None or disguise.pixels is None else images @ disguise.pixels.mT
        data = {"images": shown, "noise": None if noise is None else _moved(plain.variances, disguise)}
        material = gather(
            disguise.decoder, disguise.codes, labels, generator=_dice(seed), sizes=sizes, **data
        )
        return values_of(material, sizes, seed=seed)

    before, metric, draws = values_of(plain, sizes, seed=seed), PullbackMetric(decoder), []
    for k in range(1, n_redraws + 1):
        fresh = redrawn(plain, metric, codes, sizes.n_planes, generator=_dice(seed + k))
        draws.append(values_of(fresh, sizes, seed=seed + k))
    spread = {name: torch.tensor([draw[name] for draw in draws]).double().std().item() for name in before}
    dice = {name: spread[name] / RULERS[name].unit_of_change(value) for name, value in before.items()}
    after = {kind: [seen(disguise) for disguise in several] for kind, several in ways.items()}
    return Invariance(before, after, dice, tolerance)


def _dice(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _moved(variances: Tensor, disguise: Disguise) -> Callable[[Tensor], Tensor]:
    """Scale the total of the variance, known at the codes, as the pixels were."""
    pixels = disguise.pixels
    size = 1.0 if pixels is None else pixels.square().sum() / len(pixels)
    return lambda z: (size * variances).sqrt()[:, None]
