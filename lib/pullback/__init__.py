"""Riemannian geometry of latent spaces: metrics, geodesics, curvature and statistics of any decoder.

A decoder is a map z -> x of batches of points, (*batch, d) -> (*batch, D); an `nn.Module` is one. The metric
that it pulls back from the data space measures lengths, angles and volumes in the latent space as those of
the decoded points. Names load on first use, so that a program waits only for what it uses.
"""

from pullback.lazy_names import gather

_HOME = {
    "metrics.base": "EuclideanMetric Metric",
    "metrics.pullback": "EnsembleMetric ExpectedPullbackMetric PullbackMetric",
    "metrics.conformal": "ConformalMetric DensityMetric",
    "metrics.field": "MetricField",
    "metrics.fisher_rao": "FisherRaoMetric GaussianFisherRaoMetric",
    "curvature.connection": "christoffels geodesic_acceleration",
    "curvature.riemann": (
        "gaussian_curvature ricci_tensor riemann_tensor scalar_curvature sectional_curvature"
    ),
    "curvature.second_fundamental_form": "mean_curvature second_fundamental_form",
    "curves.discrete_curve": "curve_energy curve_length linear_interpolation",
    "exchange.decoder_file": "export",
    "geodesics.geodesic": "geodesic GeodesicResult",
    "geodesics.distances": "distance distance_matrix",
    "geodesics.exponential": "exp log",
    "geodesics.interpolation": "interpolate",
    "transport.parallel_transport": "holonomy holonomy_matrix parallel_transport",
    "transport.shao_transport": "shao_shooting shao_translation",
    "transport.jacobi": "exp_derivative jacobi_field",
    "statistics.frechet": "frechet_mean",
    "statistics.clustering": "riemannian_kmeans riemannian_kmedoids",
    "statistics.land": "LAND",
    "statistics.brownian": "brownian_motion",
    "statistics.principal_geodesics": "principal_geodesic_analysis",
}

__getattr__, __dir__, __all__ = gather(__name__, _HOME)
__version__ = "0.2.0"
