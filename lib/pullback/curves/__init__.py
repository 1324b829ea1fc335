"""Discrete curves under a metric."""
