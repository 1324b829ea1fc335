"""LAND on a graph: mixtures of normal distributions of geodesic distance, every integral over the nodes."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Generator, Tensor

from pullback.graph.kmeans import graph_kmeans
from pullback.graph.latent_graph import LatentGraph
from pullback.graph.logarithm import graph_logarithm, stencil
from pullback.metrics.base import Metric


@dataclass(frozen=True)
class GraphComponent:
    """One normal distribution about a node.

    Attributes:
        node: its mean, a node's number.
        frame: (2, 2) lower triangular L with G = L L^T at the mean.
        to_nodes: (m, 2) logarithms of all nodes, in the orthonormal frame L^{-T}.
        root: (2, 2) A with precision A A^T in that frame.
        log_normaliser: log C.

    Example:
        >>> from pullback import EuclideanMetric
        >>> from pullback.graph import GraphLAND, LatentGraph
        >>> Z = torch.tensor([[1, 0], [-1, 0], [0, 1], [0, -1]], dtype=torch.float64)
        >>> land = GraphLAND(EuclideanMetric(), LatentGraph(EuclideanMetric(), Z, side=41, margin=2), 1)
        >>> [component.node for component in land.fit(Z, generator=torch.Generator()).components]
        [840]
    """

    node: int
    frame: Tensor
    to_nodes: Tensor
    root: Tensor
    log_normaliser: float


class GraphLAND:
    r"""A mixture of locally adaptive normal distributions of the plane (`eq-land`), on a graph.

    $$p(z) = \sum_a \frac{\pi_a}{C_a} \exp\big(-\tfrac12 \langle \log_{m_a} z, \Gamma_a \log_{m_a} z
    \rangle\big), \qquad
    C_a = \sum_j \exp\big(-\tfrac12 \langle \log_{m_a} z_j, \Gamma_a \log_{m_a} z_j \rangle\big)
    \sqrt{\det G(z_j)}\; h_1 h_2$$

    The distribution of `statistics.LAND` (Arvanitidis, Hansen and Hauberg 2016), with distances and
    logarithms of a `LatentGraph` in place of a boundary value problem for every code: the means are nodes,
    and the normalisers are sums over all nodes of the grid. Nothing in it can fail to converge. It is an
    algorithm of its own and not `LAND` with other logarithms: a sum over fixed nodes is minimised over the
    precision outright, with no geodesic more, and the mean goes from node to node, where the samples of
    `LAND` move with both, so that it can only match moments, in steps that it may have to take back.

    Shortest paths from the 25 nodes around it are found once for every node that a step tries as a mean, and
    once for every point that is fitted or evaluated; a step costs m operations per component besides.

    Args:
        metric: of the plane.
        graph: of the same metric.
        n_components: components.
        isotropic: hold every precision at a multiple of the metric, so that a number stands in place of
            a covariance matrix and only distances count.

    Raises:
        ValueError: for fewer than one component.

    Example:
        >>> from pullback import EuclideanMetric
        >>> from pullback.graph import GraphLAND, LatentGraph
        >>> Z = torch.tensor([[1, 0], [-1, 0], [0, 1], [0, -1]], dtype=torch.float64)
        >>> land = GraphLAND(EuclideanMetric(), LatentGraph(EuclideanMetric(), Z, side=41, margin=2), 1)
        >>> round(land.fit(Z, generator=torch.Generator()).log_density(0 * Z[:1]).exp().item() * torch.pi, 2)
        1.0
    """

    def __init__(self, metric: Metric, graph: LatentGraph, n_components: int, *, isotropic: bool = False):
        if n_components < 1:
            raise ValueError(f"n_components: got {n_components}, expected 1 or more")
        self.metric, self.graph = metric, graph
        self.n_components, self.isotropic = n_components, isotropic
        self._spacing = graph.nodes[graph.side + 1] - graph.nodes[0]
        self._log_areas = metric.log_volume(graph.nodes) + self._spacing.log().sum()
        self._seen: dict[int, Tensor] = {}

    def fit(self, z: Tensor, *, generator: Generator, max_steps: int = 30, tol: float = 1e-4) -> "GraphLAND":
        """Fit to points (n, 2) by generalised EM, from a k-means with the same distances.

        A step moves each mean along the difference of the data's and the model's mean logarithm, as the
        document's steepest descent does, to a node with a better likelihood, if there is one.

        Args:
            z: points.
            generator: source of randomness for the seeds of k-means.
            max_steps: steps allowed.
            tol: gain of the mean log likelihood, in nats, at which to stop.

        Returns:
            The fitted distribution itself.
        """
        measured = self.graph.distances(z)
        start = graph_kmeans(measured.to_nodes, measured.between, self.n_components, generator=generator)
        duties = torch.nn.functional.one_hot(start.labels, self.n_components).double()
        nodes, likelihood = start.centres.tolist(), -torch.inf
        for _ in range(max_steps):
            self.components = [
                self._improved(node, measured.to_nodes, duty / duty.sum())
                for node, duty in zip(nodes, duties.T, strict=True)
            ]
            self.weights = duties.mean(0)
            nodes = [component.node for component in self.components]
            joint = self._joint(measured.to_nodes)
            before, likelihood = likelihood, float(joint.logsumexp(1).mean())
            duties = joint.softmax(1)
            if likelihood - before < tol:
                break
        return self

    def log_density(self, z: Tensor, *, measure: str = "latent") -> Tensor:
        """Evaluate the logarithm of the density at points (n, 2): (n,).

        Args:
            z: points.
            measure: "latent", with respect to the plane, or "riemannian", to the metric's volume.

        Returns:
            (n,) logarithms.
        """
        density = self._joint(self.graph.distances(z).to_nodes).logsumexp(1)
        return density if measure == "riemannian" else density + self.metric.log_volume(z)

    def sample(self, n: int, *, generator: Generator) -> Tensor:
        """Draw points (n, 2): nodes by their share, then a place in the node's cell."""
        parts = [
            _exponent(component.root, component.to_nodes) - component.log_normaliser
            for component in self.components
        ]
        log_shares = (torch.stack(parts, -1) + self.weights.log()).logsumexp(1) + self._log_areas
        chosen = torch.multinomial(log_shares.softmax(0), n, replacement=True, generator=generator)
        noise = torch.rand(n, 2, dtype=torch.float64, generator=generator, device=generator.device) - 0.5
        return self.graph.nodes[chosen] + noise * self._spacing

    def _joint(self, to_nodes: Tensor) -> Tensor:
        """Log of weight times density (n, k), from distances (n, m) to all nodes."""
        parts = [
            _exponent(component.root, self._logarithms(component.node, to_nodes, component.frame))
            - component.log_normaliser
            for component in self.components
        ]
        return torch.stack(parts, dim=-1) + self.weights.log()

    def _improved(self, node: int, to_nodes: Tensor, share: Tensor) -> GraphComponent:
        """Fit a component about a better node, where a step from this one, or a part of it, leads to one."""
        component, cost = self._component(node, to_nodes, share)
        model = (_exponent(component.root, component.to_nodes) + self._log_areas).softmax(
            0
        ) @ component.to_nodes
        gap = share @ self._logarithms(node, to_nodes, component.frame) - model
        way = torch.linalg.solve_triangular(component.frame.mT, gap[:, None], upper=True)[:, 0]
        for part in (1.0, 0.3, 0.1):
            goal = self.graph.nodes[node] + part * way
            there = int((self.graph.nodes - goal).square().sum(-1).argmin())
            moved, new_cost = self._component(there, to_nodes, share)
            if new_cost < cost:
                return moved
        return component

    def _component(self, node: int, to_nodes: Tensor, share: Tensor) -> tuple[GraphComponent, float]:
        """Fit the precision about a node to weighted points; also the negative log likelihood."""
        frame = torch.linalg.cholesky(self.metric.matrix(self.graph.nodes[node]))
        if node not in self._seen:
            self._seen[node] = self.graph.from_nodes(stencil(node, self.graph.side)).T
        nodes = self._logarithms(node, None, frame)
        data = self._logarithms(node, to_nodes, frame)
        second = data.T @ (share[:, None] * data)

        def root_of(logs: Tensor) -> Tensor:
            if self.isotropic:
                return logs.exp() * torch.eye(2, dtype=logs.dtype, device=logs.device)
            first = torch.stack([logs[0].exp(), torch.zeros_like(logs[0])])
            return torch.stack([first, torch.stack([logs[1], logs[2].exp()])])

        def cost(logs: np.ndarray) -> tuple[float, np.ndarray]:
            at = torch.tensor(logs, dtype=nodes.dtype, requires_grad=True, device=nodes.device)
            A = root_of(at)
            value = (A.T @ second @ A).trace() / 2 + self._log_normaliser(A, nodes)
            return float(value.detach()), torch.autograd.grad(value, at)[0].numpy()

        scale = -0.5 * float((second.trace() / 2).clamp_min(1e-12).log())
        start = [scale] if self.isotropic else [scale, 0.0, scale]
        found = minimize(cost, start, jac=True, method="L-BFGS-B")
        root = root_of(torch.tensor(found.x, dtype=nodes.dtype, device=nodes.device))
        return GraphComponent(node, frame, nodes, root, float(self._log_normaliser(root, nodes))), float(
            found.fun
        )

    def _log_normaliser(self, root: Tensor, to_nodes: Tensor) -> Tensor:
        return (_exponent(root, to_nodes) + self._log_areas).logsumexp(0)

    def _logarithms(self, node: int, to_nodes: Tensor | None, frame: Tensor) -> Tensor:
        """Logarithms (n, 2) at a node, in its frame, of points with these distances; None for all nodes."""
        nodes, around = self.graph.nodes, stencil(node, self.graph.side)
        near = self._seen[node] if to_nodes is None else to_nodes[:, around]
        return graph_logarithm(nodes[node], nodes[around], near, frame @ frame.mT) @ frame


def _exponent(root: Tensor, w: Tensor) -> Tensor:
    """Evaluate -1/2 |A^T w|^2 at vectors (n, 2): (n,)."""
    return -0.5 * (w @ root).square().sum(-1)
