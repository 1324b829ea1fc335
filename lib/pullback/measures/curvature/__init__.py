"""Measures of curvature and of how tangent spaces turn."""
