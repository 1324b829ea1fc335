"""How long does the 1,000 x 1,000 distance matrix of decoder A take, and how much memory?"""

import json
import resource
import subprocess
import sys
import time
import warnings

import torch
from common import HERE, arguments, codes, decoder, show, write
from pullback import PullbackMetric, distance_matrix, geodesic

QUESTION = __doc__.strip()
SETTINGS = {"n_segments": 16, "starts": "line", "max_steps": 4}


def child(points: int, chunk: int) -> None:
    """Compute one matrix and print what it cost; the peak of the process is that of the matrix."""
    z = codes("A")[:points]
    metric = PullbackMetric(decoder("A"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.monotonic(), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        result = distance_matrix(metric, z, chunk=chunk, return_result=True, **SETTINGS)
    answer = {
        "cpu_seconds": time.process_time() - cpu,
        "wall_seconds": time.monotonic() - wall,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "peak_before_mib": before / 1024,
        "converged_share": result.converged.double().mean().item(),
    }
    print(json.dumps(answer | quality(metric, z, result.distances)))


def quality(metric: PullbackMetric, z: torch.Tensor, distances: torch.Tensor) -> dict:
    """Compare 200 entries with geodesics of the default setting."""
    i, j = torch.randint(0, len(z), (2, 200), generator=torch.Generator().manual_seed(1))
    i, j = i[i != j], j[i != j]
    gap = 100 * (distances[i, j] / geodesic(metric, z[i], z[j]).length - 1).abs()
    return {
        "median_gap_to_default_percent": gap.median().item(),
        "mean_gap_to_default_percent": gap.mean().item(),
    }


def main() -> None:
    options = arguments(QUESTION)
    points, chunks = (30, (64, 1024)) if options.quick else (1000, (1024, 8192))
    rows = []
    for chunk in chunks:
        call = f"import distance_matrix as d; d.torch.set_num_threads(1); d.child({points}, {chunk})"
        done = subprocess.run(
            [sys.executable, "-c", call], cwd=HERE, capture_output=True, text=True, check=True
        )
        row = {
            "points": points,
            "geodesics": points * (points - 1) // 2,
            "chunk": chunk,
            "settings": SETTINGS,
        }
        rows.append(row | json.loads(done.stdout))
    columns = {
        "geodesics": ",",
        "chunk": ",",
        "cpu_seconds": ".1f",
        "wall_seconds": ".1f",
        "peak_mib": ",.0f",
    }
    show(
        rows,
        columns
        | {"peak_before_mib": ",.0f", "converged_share": ".3f", "median_gap_to_default_percent": ".3f"},
    )
    write("distance_matrix", QUESTION, rows, options)


if __name__ == "__main__":
    main()
