"""Statistics of points under a metric: means, clusters, densities, Brownian motion, principal geodesics."""
