"""Solvers of the two-point geodesic problem, one a file; `geometry.geodesics` chooses among them."""
