"""Sectional curvatures of decoder A by geomstats, where there is no PyTorch; reads and writes JSON."""

import json
import statistics
import sys
import time
from importlib import metadata

import geomstats.backend as gs
import numpy as np
from geomstats.geometry.base import ImmersedSet
from geomstats.geometry.euclidean import Euclidean


class Decoded(ImmersedSet):
    """The surface that the decoder draws in its data space."""

    def __init__(self, weights):
        self.weights = weights
        super().__init__(dim=weights[0].shape[1])

    def _define_embedding_space(self):
        return Euclidean(len(self.weights[-1]))

    def immersion(self, point):
        """Decode points (..., d)."""
        w0, b0, w1, b1, w2, b2 = self.weights
        hidden = gs.tanh(gs.tanh(point @ w0.T + b0) @ w1.T + b1)
        return hidden @ w2.T + b2


def main():
    task = json.load(sys.stdin)
    with np.load(task["weights"]) as arrays:
        surface = Decoded([arrays[f"w{i}"].astype(float) for i in range(6)])
    triples = [[gs.array(x) for x in triple] for triple in zip(task["u"], task["v"], task["z"])]
    seconds = []
    for _ in range(task["repeats"]):
        start = time.process_time()
        curvature = [float(surface.metric.sectional_curvature(*triple)) for triple in triples]
        seconds.append(time.process_time() - start)
    spread = {
        "median": statistics.median(seconds),
        "min": min(seconds),
        "max": max(seconds),
        "repeats": len(seconds),
    }
    json.dump(
        {"curvature": curvature, "cpu_seconds": spread, "version": metadata.version("geomstats")}, sys.stdout
    )


if __name__ == "__main__":
    main()
