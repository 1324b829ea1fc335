"""Run every benchmark, one after the other, each in a process of its own: what `make bench` calls."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCHMARKS = (
    *("reference", "metric_tensor", "geodesics", "curvature"),
    *("distance_matrix", "scaling", "spsd", "devices"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: about a minute in all")
    parser.add_argument("--out", type=Path, help="folder of the result files: results, or _build/bench")
    parser.add_argument("--only", nargs="*", choices=BENCHMARKS, default=BENCHMARKS)
    options = parser.parse_args()
    out = options.out or (HERE.parent / "_build" / "bench" if options.quick else HERE / "results")
    failed = []
    for name in options.only:
        print(f"\n== {name}", flush=True)
        command = [sys.executable, HERE / f"{name}.py", "--out", out, *(["--quick"] if options.quick else [])]
        done = subprocess.run(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, check=False)
        if done.returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
