"""Solvers of the two-point geodesic problem, one a file; `latent_geometry.geometry.geodesics` chooses among them."""
