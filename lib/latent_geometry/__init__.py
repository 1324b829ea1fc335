"""The geometry of deep generative models: metrics, curves, curvature and statistics of any decoder.

Names load on first use, so that `latent_geometry.ledger`, which the book imports, does not wait for torch.
"""

from importlib import import_module

_HOME = {
    "geometry.metric": (
        "ConformalMetric EuclideanMetric ExpectedPullbackMetric Metric MetricField PullbackMetric"
    ),
    "geometry.connection": "christoffels geodesic_acceleration",
    "geometry.curvature": (
        "gaussian_curvature ricci_tensor riemann_tensor scalar_curvature sectional_curvature"
    ),
    "geometry.extrinsic": "mean_curvature second_fundamental_form",
    "geometry.curves": "curve_energy curve_length linear_interpolation",
    "geometry.geodesics": "geodesic GeodesicResult",
    "geometry.distances": "distance distance_matrix",
    "geometry.exponential": "exp log",
    "geometry.transport": "holonomy holonomy_matrix parallel_transport",
    "geometry.shao_transport": "shao_shooting shao_translation",
    "geometry.jacobi": "exp_derivative jacobi_field",
    "geometry.frechet": "frechet_mean",
    "geometry.clustering": "riemannian_kmeans riemannian_kmedoids",
    "geometry.land": "LAND",
    "geometry.brownian": "brownian_motion",
    "geometry.principal_geodesics": "principal_geodesic_analysis",
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = sorted(_MODULE_OF)
__version__ = "0.1.0"


def __getattr__(name: str):
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
