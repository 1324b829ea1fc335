"""Measures of lengths and distances."""
