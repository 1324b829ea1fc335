"""Matrix manifolds of latent tensors: mode covariances, ranks, distances on strata, kernels. Knows no model.

Names load on first use: pyRiemann, which two of the distances need, takes seconds to import.
"""

from pullback.lazy_names import gather

_HOME = {
    "unfolding": "mode_covariances unfold",
    "spectrum": (
        "Stratum effective_rank eigenvalues rank rank_by_float32_default rank_sweep shift_spectrum strata"
    ),
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
    "hilbert": "dimensionality gram_spectrum negative_share numerical_dimensionality",
    "subspaces": "hilbert_principal_angles principal_angles",
}

__getattr__, __dir__, __all__ = gather(__name__, _HOME)
