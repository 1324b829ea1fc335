"""Measures that are taken of any map or metric at any points. Names load on first use."""

from pullback.lazy_names import gather

_HOME = {
    "curvature.curvature_sample": "CurvatureSample arc_angle curvature_sample data_planes random_planes",
    "curvature.tangent_angles": "at_image_distance nearest_neighbours tangent_angles",
    "dimension": "IntrinsicDimension intrinsic_dimension",
    "draws": "balanced_rows class_rows random_pairs rows_up_to two_others",
    "jacobian.conditioning": "JacobianConditioning jacobian_conditioning jacobian_rank percentiles",
    "jacobian.jacobian_map": ("JacobianMap central_box jacobian_map metric_lipschitz roughness"),
    "jacobian.sampled_jacobians": (
        "average_metric gaussian_decoder_jacobians process_jacobians relative_metric_variance volume_gap"
    ),
    "lengths.f_measure": "f_measure",
    "lengths.label_r2": "LabelR2 LabelR2Difference compare_label_r2 label_r2",
    "lengths.length_ratio": "LengthRatio length_ratio",
    "lengths.mds_spectrum": "MDSSpectrum compare_spectra mds_embedding mds_spectrum reference_spectra",
    "lengths.normalised_margin": "normalised_margin",
    "lengths.distance_matrices": (
        "euclidean_distances flat_torus_distances great_circle_distances pair_mean squared_distances"
    ),
    "lengths.residual_correlation": "pairs_of residual_correlation same_label shuffled_within",
    "rank_thresholds": (
        "Spectra Threshold histogram_distance mismatch nearest_threshold "
        "ranges_in_words spectra thresholds thresholds_in_range"
    ),
    "resampling": "jackknife_error",
    "support": "Support",
}

__getattr__, __dir__, __all__ = gather(__name__, _HOME)
