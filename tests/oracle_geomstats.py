"""Curvatures of immersed surfaces by geomstats: reads a task as JSON, answers as JSON, knows no PyTorch."""

import json
import sys

import geomstats.backend as gs
from geomstats.geometry.base import ImmersedSet
from geomstats.geometry.euclidean import Euclidean


def sphere(p):
    return gs.stack([gs.sin(p[0]) * gs.cos(p[1]), gs.sin(p[0]) * gs.sin(p[1]), gs.cos(p[0])])


def torus(p):
    ring = 3 + gs.cos(p[0])
    return gs.stack([ring * gs.cos(p[1]), ring * gs.sin(p[1]), gs.sin(p[0])])


def network(p, weights):
    for w in weights[:-1]:
        p = gs.tanh(gs.array(w) @ p)
    return gs.array(weights[-1]) @ p


class Immersed(ImmersedSet):
    """The image of a map from the latent space into a Euclidean one."""

    def __init__(self, function, dim, ambient):
        self.function, self.ambient = function, ambient
        super().__init__(dim=dim)

    def _define_embedding_space(self):
        return Euclidean(self.ambient)

    def immersion(self, point):
        return self.function(point)


def answer(task):
    """Evaluate what the task asks for at each of its points."""
    functions = {"sphere": sphere, "torus": torus, "network": lambda p: network(p, task["weights"])}
    dim = len(task["z"][0])
    metric = Immersed(functions[task["surface"]], dim, task["ambient"]).metric
    results = {"matrix": [], "christoffels": [], "sectional": [], "ricci": [], "scalar": []}
    for z, u, v in zip(*(map(gs.array, task[name]) for name in "zuv")):
        results["matrix"].append(metric.metric_matrix(z).tolist())
        results["christoffels"].append(metric.christoffels(z).tolist())
        results["sectional"].append(float(metric.sectional_curvature(u, v, z)))
        results["ricci"].append(metric.ricci_tensor(z).tolist())
        results["scalar"].append(float(metric.scalar_curvature(z)))
    return results


json.dump([answer(task) for task in json.load(sys.stdin)], sys.stdout)
