"""Solvers of the two-point geodesic problem, one per file; `geodesics.geodesic` chooses among them."""
