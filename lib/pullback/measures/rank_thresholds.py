"""Which ranks do latent tensors have, and at which threshold?"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pullback.spsd import eigenvalues, mode_covariances, strata


@dataclass(frozen=True)
class Spectra:
    """Eigenvalues of the mode covariances S1, S2, S3 of a sample of latent tensors.

    Attributes:
        values: three tensors (N, n_k), largest eigenvalue first, float64.

    Example:
        >>> from pullback.measures import Spectra
        >>> S1, S2, S3 = torch.tensor([[[4.0, 2.0, 0.1]], [[4.0, 3.0, 2.0]], [[4.0, 0.1, 0.0]]])
        >>> sample = Spectra((S1, S2, S3))
        >>> sample.ranks(0.1).tolist(), sample.ranges(0.01), sample.n_strata(0.1)
        ([[2, 3, 1]], [(3, 3), (3, 3), (2, 2)], 1)
    """

    values: tuple[Tensor, ...]

    @property
    def unit(self) -> float:
        """The variance of one number of the code about its row's mean, averaged over the sample."""
        return self.values[-1].clamp_min(0).mean().item()

    def ranks(self, threshold: float, *, relative: bool = True) -> Tensor:
        r"""Count the eigenvalues above a threshold (`eq-rank-threshold`).

        $$r_\tau(S) = \#\{ i : \lambda_i > \tau \lambda_1 \}$$

        Args:
            threshold: tau, positive.
            relative: to the largest eigenvalue of each matrix. Otherwise one and the same number, `threshold`
                times `unit`, is the threshold of all matrices of all samples.

        Returns:
            (N, 3) ranks, int64.

        Raises:
            ValueError: for a threshold that is not positive.
        """
        if not 0 < threshold < float("inf"):
            raise ValueError(f"threshold: got {threshold!r}, expected a positive number")
        counts = []
        for values in self.values:
            scale = values[:, :1] if relative else torch.full_like(values[:, :1], self.unit)
            counts.append((values > threshold * scale).sum(-1))
        return torch.stack(counts, -1)

    def ranges(self, threshold: float, *, relative: bool = True) -> list[tuple[int, int]]:
        """Smallest and largest rank of S1, S2, S3 over the sample."""
        ranks = self.ranks(threshold, relative=relative)
        return list(zip(ranks.amin(0).tolist(), ranks.amax(0).tolist(), strict=True))

    def n_strata(self, threshold: float, *, relative: bool = True) -> int:
        """Count the patterns (rank S1, rank S2, rank S3) that occur: 1 where the sample is one stratum."""
        return len(strata(self.ranks(threshold, relative=relative)))

    def share_of_one_stratum(self, candidates: Sequence[float]) -> float:
        """Find the share of thresholds at which all samples have the same ranks."""
        return sum(self.n_strata(t) == 1 for t in candidates) / len(candidates)


@dataclass(frozen=True)
class Threshold:
    """A threshold of one kind, and how near it brings a sample to reported ranges.

    Attributes:
        value: the threshold.
        relative: its kind, as in `Spectra.ranks`.
        gap: by how much the ends of the ranges differ from those reported, in sum.

    Example:
        >>> from pullback.measures import Spectra, Threshold
        >>> sample = Spectra((torch.tensor([[4.0, 2.0, 0.1], [4.0, 2.0, 1.0]]),) * 3)
        >>> Threshold(0.1, relative=True, gap=0).ranges(sample)
        [(2, 3), (2, 3), (2, 3)]
    """

    value: float
    relative: bool
    gap: int

    @property
    def unit(self) -> str:
        """What the value is a share of, in words."""
        return "of each largest eigenvalue" if self.relative else "of the variance of the code"

    def ranks(self, sample: Spectra) -> Tensor:
        """Count eigenvalues above it: (N, 3)."""
        return sample.ranks(self.value, relative=self.relative)

    def ranges(self, sample: Spectra) -> list[tuple[int, int]]:
        """Smallest and largest rank of S1, S2, S3 over the sample."""
        return sample.ranges(self.value, relative=self.relative)

    def n_strata(self, sample: Spectra) -> int:
        """Count the triples of ranks that occur."""
        return sample.n_strata(self.value, relative=self.relative)


def spectra(T: Tensor) -> Spectra:
    """Compute the spectra of the mode covariances (`eq-spsd-mode-covariance`) of latent tensors.

    Costs an eigenvalue problem of size h, w and c per tensor; all thresholds are read off the result.

    Args:
        T: (N, h, w, c), float64.

    Returns:
        their spectra.

    Raises:
        ValueError: for tensors of another shape or precision: float32 has a floor of its own at 1e-7.

    Example:
        >>> from pullback.measures import spectra
        >>> T = torch.randn(5, 3, 3, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        >>> spectra(T).ranges(1e-9)
        [(3, 3), (3, 3), (8, 8)]
    """
    if T.ndim != 4 or T.dtype != torch.float64:
        raise ValueError(f"T: got {tuple(T.shape)}, {str(T.dtype)[6:]}, expected (N, h, w, c), float64")
    return Spectra(tuple(eigenvalues(S) for S in mode_covariances(T)))


def thresholds(low: float, high: float, per_decade: int) -> list[float]:
    """Make a geometric sequence of thresholds, both ends among them.

    Args:
        low: the first, positive.
        high: the last.
        per_decade: steps in which a threshold grows ten times.

    Returns:
        the thresholds, ascending.

    Example:
        >>> from pullback.measures import thresholds
        >>> [round(threshold, 6) for threshold in thresholds(1e-3, 1e-1, per_decade=1)]
        [0.001, 0.01, 0.1]
    """
    steps = max(1, round(per_decade * float(torch.tensor(high / low, device="cpu").log10())))
    ratio = high / low
    return [low * ratio ** (i / steps) for i in range(steps + 1)]


def thresholds_in_range(
    sample: Spectra,
    reported: Sequence[tuple[int, int]],
    candidates: Sequence[float],
    *,
    relative: bool = True,
    slack: Sequence[int] = (0, 0, 0),
) -> Tensor:
    """Return whether the ranks have the reported ranges, for each threshold and matrix.

    Args:
        sample: spectra of latent tensors.
        reported: smallest and largest rank of S1, S2, S3.
        candidates: t thresholds.
        relative: as in `Spectra.ranks`.
        slack: by how much each end may differ, for S1, S2, S3.

    Returns:
        (t, 3) booleans.

    Example:
        >>> from pullback.measures import Spectra, thresholds_in_range
        >>> sample = Spectra((torch.tensor([[1.0, 0.1, 0.001]]),) * 3)
        >>> thresholds_in_range(sample, [(2, 2), (2, 2), (3, 3)], [1e-4, 1e-2]).tolist()
        [[False, False, True], [True, True, False]]
    """
    flags = []
    for threshold in candidates:
        found = sample.ranges(threshold, relative=relative)
        flags.append(
            [
                abs(low - l) <= s and abs(high - h) <= s
                for (low, high), (l, h), s in zip(found, reported, slack, strict=True)
            ]
        )
    return torch.tensor(flags, device="cpu")


def mismatch(ranges: Sequence[tuple[int, int]], reported: Sequence[tuple[int, int]]) -> int:
    """Add up by how much the ends of the ranges differ from those reported.

    Args:
        ranges: smallest and largest rank of each matrix.
        reported: the same, as reported.

    Returns:
        the sum, 0 or more.

    Example:
        >>> from pullback.measures import mismatch
        >>> mismatch([(5, 7), (7, 7)], [(5, 6), (4, 7)])
        4
    """
    pairs = zip(ranges, reported, strict=True)
    return sum(abs(low - l) + abs(high - h) for (low, high), (l, h) in pairs)


def nearest_threshold(
    sample: Spectra,
    reported: Sequence[tuple[int, int]],
    candidates: Sequence[float],
    *,
    relative: bool = True,
) -> Threshold:
    """Find the threshold at which the ranks of a sample come nearest to reported ranges, the first of equals.

    Args:
        sample: spectra of latent tensors.
        reported: smallest and largest rank of S1, S2, S3.
        candidates: thresholds to try.
        relative: their kind, as in `Spectra.ranks`.

    Returns:
        the threshold, with its gap (`mismatch`).

    Example:
        >>> from pullback.measures import Spectra, nearest_threshold
        >>> sample = Spectra((torch.tensor([[1.0, 0.1, 0.001]]),) * 3)
        >>> nearest_threshold(sample, [(2, 2)] * 3, [1e-4, 1e-2, 0.5])
        Threshold(value=0.01, relative=True, gap=0)
    """
    gaps = [mismatch(sample.ranges(t, relative=relative), reported) for t in candidates]
    return Threshold(candidates[gaps.index(min(gaps))], relative, min(gaps))


def histogram_distance(first: Tensor, second: Tensor) -> Tensor:
    """Find which share of a sample would have to change its rank for two histograms of ranks to agree.

    Args:
        first: (N, k) ranks.
        second: (M, k) ranks.

    Returns:
        (k,) total variation distances, 0 to 1.

    Example:
        >>> from pullback.measures import histogram_distance
        >>> histogram_distance(torch.tensor([[7, 5], [7, 5]]), torch.tensor([[7, 5], [7, 6]])).tolist()
        [0.0, 0.5]
    """
    n = int(max(first.max(), second.max())) + 1
    shares = [
        torch.stack([column.bincount(minlength=n).double() / len(ranks) for column in ranks.T])
        for ranks in (first, second)
    ]
    return (shares[0] - shares[1]).abs().sum(-1) / 2


def ranges_in_words(ranges: Sequence[tuple[int, int]]) -> str:
    """Write ranges of ranks in words.

    Args:
        ranges: smallest and largest rank of each matrix.

    Returns:
        the words, matrices divided by slashes.

    Example:
        >>> from pullback.measures import ranges_in_words
        >>> ranges_in_words([(5, 7), (7, 7), (29, 48)])
        '5 to 7 / 7 / 29 to 48'
    """
    return " / ".join(f"{low}" if low == high else f"{low} to {high}" for low, high in ranges)
