"""Measures of a Jacobian, at points and over a box of the latent plane."""
