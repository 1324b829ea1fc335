"""Mixtures of Riemannian normal distributions, with every integral over the nodes of a graph."""

import math

import torch
from scipy.optimize import minimize_scalar
from torch import Generator, Tensor

from latent_geometry.geometry.metric import Metric
from latent_geometry.measures.graph_kmeans import graph_kmeans
from latent_geometry.measures.latent_graph import LatentGraph


class GraphNormalMixture:
    r"""A mixture of normal distributions of geodesic distance (`eq-land` with $\Sigma_a = s_a^2 G^{-1}$).

    $$p(z) = \sum_a \frac{\pi_a}{C_a} e^{-d(z, m_a)^2 / 2 s_a^2}, \qquad
    C_a = \sum_j e^{-d(z_j, m_a)^2 / 2 s_a^2} \sqrt{\det G(z_j)}\; h_1 h_2$$

    Distances are those of a `LatentGraph`, the means are nodes, and the normalisers are sums over all nodes.
    The locally adaptive normal distribution (Arvanitidis, Hansen and Hauberg 2016) has a covariance matrix;
    this one has a number, so it is the poorer of the two, but nothing in it can fail to converge.

    Args:
        metric: of the plane.
        graph: of the same metric.
        n_components: components.
    """

    def __init__(self, metric: Metric, graph: LatentGraph, n_components: int):
        self.metric, self.graph, self.n_components = metric, graph, n_components
        self._spacing = graph.nodes[graph.side + 1] - graph.nodes[0]
        self._log_areas = metric.log_volume(graph.nodes) + self._spacing.log().sum()

    def fit(self, z: Tensor, *, generator: Generator, max_steps: int = 30) -> "GraphNormalMixture":
        """Fit to points (n, 2) by expectation and maximisation, from a k-means with the same distances.

        The mean of a component moves to the weighted Frechet mean; its width maximises the likelihood.
        """
        measured = self.graph.distances(z)
        squares = measured.to_nodes.square()
        start = graph_kmeans(measured.to_nodes, measured.between, self.n_components, generator=generator)
        duties = torch.nn.functional.one_hot(start.labels, self.n_components).double()
        history = []
        for _ in range(max_steps):
            self.means = (duties.T @ squares).argmin(1)
            self.weights = duties.mean(0)
            self._node_squares = self.graph.from_nodes(self.means).square()
            own = (duties * squares[:, self.means]).sum(0) / duties.sum(0)
            widths = [self._width(a, float(mean)) for a, mean in enumerate(own)]
            self.widths = torch.tensor(widths, dtype=torch.float64)
            joint = self._joint(squares[:, self.means])
            history.append(float(joint.logsumexp(1).mean()))
            duties = joint.softmax(1)
            if len(history) > 1 and abs(history[-1] - history[-2]) < 1e-6:
                break
        return self

    def log_density(self, z: Tensor, *, measure: str = "latent") -> Tensor:
        """Evaluate the logarithm of the density at points (n, 2): (n,).

        Args:
            z: points.
            measure: "latent", with respect to the plane, or "riemannian", to the metric's volume.
        """
        squares = self.graph.distances(z).to_nodes[:, self.means].square()
        density = self._joint(squares).logsumexp(1)
        return density if measure == "riemannian" else density + self.metric.log_volume(z)

    def sample(self, n: int, *, generator: Generator) -> Tensor:
        """Draw points (n, 2): nodes by their share, then a place in the node's cell."""
        log_shares = self._joint(self._node_squares.T).logsumexp(1) + self._log_areas
        chosen = torch.multinomial(log_shares.softmax(0), n, replacement=True, generator=generator)
        noise = torch.rand(n, 2, dtype=torch.float64, generator=generator) - 0.5
        return self.graph.nodes[chosen] + noise * self._spacing

    def _log_normaliser(self, a: int, width: float) -> float:
        return float((self._log_areas - self._node_squares[a] / (2 * width**2)).logsumexp(0))

    def _width(self, a: int, mean_square: float) -> float:
        def cost(log_width: float) -> float:
            width = math.exp(log_width)
            return mean_square / (2 * width**2) + self._log_normaliser(a, width)

        middle = 0.5 * math.log(max(mean_square, 1e-12))
        return math.exp(minimize_scalar(cost, bounds=(middle - 3, middle + 3), method="bounded").x)

    def _joint(self, squares: Tensor) -> Tensor:
        """Log of weight times density (n, k), from squared distances (n, k) to the means."""
        logs = [self._log_normaliser(a, float(width)) for a, width in enumerate(self.widths)]
        return self.weights.log() - squares / (2 * self.widths**2) - torch.tensor(logs, dtype=squares.dtype)
