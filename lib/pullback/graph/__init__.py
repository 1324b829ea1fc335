"""Shortest paths on a graph of latent nodes, and the statistics that are read off them."""

from pullback.lazy_names import gather

_HOME = {
    "density": "GraphComponent GraphLAND",
    "kmeans": "GraphKMeans graph_kmeans",
    "latent_graph": "GraphDistances LatentGraph",
    "logarithm": "graph_logarithm stencil",
}

__getattr__, __dir__, __all__ = gather(__name__, _HOME)
