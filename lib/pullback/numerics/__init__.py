"""Solvers of linear systems and initial-value problems in batches. Knows no metric."""
