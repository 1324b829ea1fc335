"""How long do all distances between 1,000 and 1,000 matrices take, beside pyRiemann's definite ones?"""

import torch
from common import arguments, show, time_in_turns, write
from pullback import spsd
from pyriemann.geometry.distance import pairwise_distance
from torch import Tensor

QUESTION = __doc__.strip()
RANKS = {8: (2, 4, 8), 32: (4, 16, 32)}


def matrices(count: int, n: int, rank: int, seed: int) -> Tensor:
    """Draw matrices Q W W^T Q^T of one rank r in double precision: W (r, 2r) normal, Q orthonormal."""
    generator = torch.Generator().manual_seed(seed)
    bases = torch.randn(count, n, rank, dtype=torch.float64, generator=generator)
    within = torch.randn(count, rank, 2 * rank, dtype=torch.float64, generator=generator)
    factors = torch.linalg.qr(bases).Q @ within
    return factors @ factors.mT


def measure(n: int, count: int, repeats: int) -> list[dict]:
    """Time every distance on one size, in turns with pyRiemann's affine-invariant one."""
    X, Y = (matrices(count, n, n, seed) for seed in (0, 1))
    calls = {"pyRiemann, affine-invariant": lambda: pairwise_distance(X, Y, metric="riemann")}
    calls["ours, affine-invariant"] = lambda: spsd.pairwise_affine_invariant(X, Y)
    calls["ours, log-Euclidean"] = lambda: spsd.pairwise_log_euclidean(X, Y)
    for rank in RANKS[n]:
        A, B = (matrices(count, n, rank, seed) for seed in (2, 3))
        calls[f"Bonnabel-Sepulchre, rank {rank}"] = lambda A=A, B=B, r=rank: spsd.pairwise_bonnabel_sepulchre(
            A, B, rank=r
        )
        calls[f"Bures-Wasserstein, rank {rank}"] = lambda A=A, B=B: spsd.pairwise_bures_wasserstein(A, B)
    times = time_in_turns(calls, repeats)
    peer = times["pyRiemann, affine-invariant"]["median"]
    return [
        {"size": n, "way": way, "pairs": count**2, "cpu_seconds": seconds, "seconds": seconds["median"]}
        | {"times_as_slow_as_pyriemann": seconds["median"] / peer}
        for way, seconds in times.items()
    ]


def main() -> None:
    options = arguments(QUESTION)
    count = 30 if options.quick else 1000
    rows = [row for n in RANKS for row in measure(n, count, options.repeats)]
    show(rows, {"size": "", "way": "", "seconds": ".3f", "times_as_slow_as_pyriemann": ".2f"})
    write("spsd", QUESTION, rows, options)


if __name__ == "__main__":
    main()
