"""Matrix manifolds of latent tensors: mode covariances, ranks, distances on strata, kernels. Knows no model.

Names load on first use: pyRiemann, which two of the distances need, takes seconds to import.
"""

from importlib import import_module

_HOME = {
    "unfolding": "mode_covariances unfold",
    "spectrum": (
        "effective_rank eigenvalues mode_ranks rank rank_by_float32_default rank_sweep shift_spectrum"
    ),
    "stratification": "Stratum strata",
    "bonnabel_sepulchre": (
        "bonnabel_sepulchre_distance bonnabel_sepulchre_parts pairwise_bonnabel_sepulchre"
    ),
    "positive_definite": (
        "affine_invariant_distance log_euclidean_distance pairwise_affine_invariant pairwise_log_euclidean"
    ),
    "bures": "bures_wasserstein_distance pairwise_bures_wasserstein",
    "product": "pairwise_on_stratum product_distance",
    "kernels": (
        "centred_gram distance_preserving_gram distance_preserving_kernel exponential_kernel positive_part"
    ),
    "hilbert": "dimensionality embed gram_spectrum negative_share numerical_dimensionality",
    "subspaces": "hilbert_principal_angles principal_angles",
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str):
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
