# Written by tests/stubs.py from the table in __init__.py.
from pullback.graph.density import GraphComponent as GraphComponent
from pullback.graph.density import GraphLAND as GraphLAND
from pullback.graph.kmeans import GraphKMeans as GraphKMeans
from pullback.graph.kmeans import graph_kmeans as graph_kmeans
from pullback.graph.latent_graph import GraphDistances as GraphDistances
from pullback.graph.latent_graph import LatentGraph as LatentGraph
from pullback.graph.logarithm import graph_logarithm as graph_logarithm
from pullback.graph.logarithm import stencil as stencil
