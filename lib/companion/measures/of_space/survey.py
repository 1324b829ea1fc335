"""The geodesics among the codes of a space, computed once for all that is read off them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import torch
from pullback.curves.discrete_curve import curve_length, linear_interpolation, resample
from pullback.geodesics.geodesic import geodesic
from pullback.measures.curvature.curvature_sample import random_planes
from pullback.measures.draws import two_others
from pullback.measures.lengths.distance_matrices import euclidean_distances
from torch import Tensor

from companion.measures.space import Space


@dataclass(frozen=True)
class SurveySizes:
    """How much is measured.

    Attributes:
        n_planes: random planes per code for the sectional curvature.
        n_scalar: codes for the scalar curvature.
        scalar_dim: the most dimensions for which it is taken: it needs d^2 second derivatives per code.
        n_segments: segments of a geodesic.
        refine: points read off the spline through a segment before lengths are taken; with 1 the lengths are
            those of the chords that the solver used.
        tol: bound on the solver's residual; its square is about the relative excess of the energy.
        max_steps: steps of the solver.
        n_init: random starts of a clustering, the best kept.
        rank_tolerance: singular values below this share of the largest do not count.
        n_groups: groups of codes for the intervals.
    """

    n_planes: int = 4
    n_scalar: int = 6
    scalar_dim: int = 32
    n_segments: int = 12
    refine: int = 2
    tol: float = 0.01
    max_steps: int = 100
    n_init: int = 10
    rank_tolerance: float = 0.01
    n_groups: int = 5


@dataclass(frozen=True, eq=False)
class Planes:
    """Planes of tangent vectors: u and v, (n, n_planes, d) each, the first axis that of the codes."""

    u: Tensor
    v: Tensor


@dataclass(frozen=True, eq=False)
class Survey:
    """Distances among n codes, with what was drawn for the measures that draw.

    Attributes:
        space: the codes.
        source: the space that they were chosen from.
        sizes: how much is measured.
        euclidean: (n, n) distances of the codes.
        riemannian: (n, n) lengths of the geodesics; those of unconverged curves are among them, and counted.
        velocities: (n, n, d) directions in which the geodesics leave: [i, j] at code i towards code j.
        converged: share of the geodesics that converged.
        seed: of starts and shuffles.
        planes: "uniform" in the metric, and "data", spanned by geodesics to two other codes; none for d = 1
            or a singular metric.
        parent: the survey that this one is a part of.
        rows: (n,) places of these codes in the parent.
        known: what has been measured at all codes or pairs of the parent.
    """

    space: Space
    source: Space
    sizes: SurveySizes
    euclidean: Tensor
    riemannian: Tensor
    velocities: Tensor
    converged: float
    seed: int = 0
    planes: Mapping[str, Planes] = field(default_factory=dict)
    parent: "Survey | None" = None
    rows: Tensor | None = None
    known: dict = field(default_factory=dict)

    @property
    def straight(self) -> Tensor:
        """Lengths of the straight latent lines, (n, n)."""
        return self.at_pairs(straight_lengths)

    @property
    def chord(self) -> Tensor:
        """Distances of the decoded codes, (n, n)."""
        return self.at_pairs(chord_lengths)

    @property
    def flat(self) -> Tensor:
        """Distances after the affine map that fits the decoder best, exact and without curvature, (n, n)."""
        return self.at_pairs(flat_distances)

    def at_codes(self, measure: Callable[..., Tensor], *given: object) -> Tensor:
        """Take `measure(survey, *given)`, (n, ...), once at all codes, however often parts ask for theirs."""
        if self.parent is not None:
            return self.parent.at_codes(measure, *given)[self.rows]
        if (measure, *given) not in self.known:
            self.known[measure, *given] = measure(self, *given)
        return self.known[measure, *given]

    def at_pairs(self, measure: Callable[["Survey"], Tensor]) -> Tensor:
        """Take `measure(survey)`, (n, n), once at all pairs of codes, however often parts ask for theirs."""
        if self.parent is not None:
            return self.parent.at_pairs(measure)[self.rows][:, self.rows]
        return self.at_codes(measure)

    def part(self, rows: Tensor) -> "Survey":
        """Keep some of the codes; nothing is measured again."""
        names = ("euclidean", "riemannian", "velocities")
        of_pairs = {name: getattr(self, name)[rows][:, rows] for name in names}
        return replace(self, space=self.space.only(rows), **of_pairs, parent=self, rows=rows)

    def redrawn(self, seed: int) -> "Survey":
        """Draw planes and starts again and keep everything else: what the draws alone change."""
        return replace(self, planes=_planes(self, torch.Generator().manual_seed(seed)), seed=seed)


def survey(
    space: Space,
    rows: Tensor | None = None,
    *,
    sizes: SurveySizes | None = None,
    generator: torch.Generator | None = None,
    seed: int | None = None,
) -> Survey:
    """Join all pairs of a few codes by geodesics, by the quasi-Newton solver.

    Args:
        space: codes (m, d), all different.
        rows: (n,) those that are joined; all unless given.
        sizes: how much is measured.
        generator: of the planes, on the CPU; no planes are drawn without.
        seed: of starts and shuffles; drawn from the generator, after the planes, unless given.

    Returns:
        the distances, and what the measures that draw will use.
    """
    sizes = sizes or SurveySizes()
    chosen = space if rows is None else space.only(rows)
    codes, n = chosen.codes, len(chosen.codes)
    i, j = torch.triu_indices(n, n, offset=1)
    how = {"solver": "quasi-newton", "tol": sizes.tol, "max_steps": sizes.max_steps}
    solved = geodesic(chosen.metric, codes[i], codes[j], n_segments=sizes.n_segments, **how)
    lengths = solved.length
    if sizes.refine > 1:
        lengths = curve_length(chosen.metric, resample(solved.curve, sizes.n_segments * sizes.refine))
    found = Survey(
        space=chosen,
        source=space,
        sizes=sizes,
        euclidean=euclidean_distances(codes.double()),
        riemannian=_matrix(lengths.double(), n),
        velocities=_velocities(solved.curve, n),
        converged=solved.converged.double().mean().item(),
    )
    if generator is None:
        return replace(found, seed=seed or 0)
    planes = _planes(found, generator)
    seed = int(torch.randint(2**31, (), generator=generator)) if seed is None else seed
    return replace(found, planes=planes, seed=seed)


def straight_lengths(s: Survey) -> Tensor:
    """Measure the lengths of straight latent lines, (n, n), at as many points as those of the geodesics."""
    i, j = _pairs(s)
    codes = s.space.codes
    lines = linear_interpolation(codes[i], codes[j], s.sizes.n_segments * s.sizes.refine)
    return _matrix(curve_length(s.space.metric, lines).double(), len(codes))


def chord_lengths(s: Survey) -> Tensor:
    """Measure the distances of the decoded codes, (n, n)."""
    i, j = _pairs(s)
    first, second = (s.space.metric.features(s.space.codes[rows]) for rows in (i, j))
    return _matrix((second - first).norm(dim=-1).double(), len(s.space.codes))


def flat_distances(s: Survey) -> Tensor:
    """Measure distances (n, n) after the affine map that fits the decoder best at all codes of the source."""
    with torch.no_grad():
        linear = affine_part(s.source.codes, s.source.decoder(s.source.codes))
    return euclidean_distances(s.space.codes.double() @ linear)


def affine_part(codes: Tensor, images: Tensor) -> Tensor:
    """Fit images = b + codes A by least squares and return A (d, r), its columns rotated to r <= d.

    Its distances |dz A| are those of a flat space; a coordinate that no code uses has a row of zeros.
    """
    z, x = codes.double() - codes.double().mean(0), images.double() - images.double().mean(0)
    A = torch.linalg.pinv(z, rtol=1e-6) @ x
    return torch.linalg.qr(A.mT, mode="r").R.mT


def _planes(s: Survey, generator: torch.Generator) -> dict[str, Planes]:
    """Draw planes uniform in the metric, and planes that geodesics to two other codes span.

    The straight ways to two others would do as well, were they not a matter of the coordinates.
    """
    n, d = s.space.codes.shape
    if d < 2:
        return {}
    first, second = two_others(n, s.sizes.n_planes, generator=generator).unbind(-1)
    own = torch.arange(n)[:, None]
    data = Planes(s.velocities[own, first], s.velocities[own, second])
    try:
        uniform = random_planes(s.space.metric, s.space.codes, s.sizes.n_planes, generator=generator)
    except ValueError:  # a coordinate that the decoder ignores: the metric is singular
        return {}
    return {"uniform": Planes(*uniform), "data": data}


def _pairs(s: Survey) -> Tensor:
    n = len(s.space.codes)
    return torch.triu_indices(n, n, offset=1)


def _matrix(values: Tensor, n: int) -> Tensor:
    """Put values of the unordered pairs, row by row, into a symmetric matrix with zeros on the diagonal."""
    matrix = values.new_zeros(n, n)
    i, j = torch.triu_indices(n, n, offset=1)
    matrix[i, j] = values
    matrix[j, i] = values
    return matrix


def _velocities(curves: Tensor, n: int) -> Tensor:
    """Directions (n, n, d) in which curves (pairs, T + 1, d) leave their ends, to second order in 1 / T."""
    velocities = curves.new_zeros(n, n, curves.shape[-1])
    i, j = torch.triu_indices(n, n, offset=1)
    for rows, columns, way in ((i, j, curves), (j, i, curves.flip(1))):
        velocities[rows, columns] = -1.5 * way[:, 0] + 2 * way[:, 1] - 0.5 * way[:, 2]
    return velocities
