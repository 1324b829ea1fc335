"""Riemannian metrics on the latent space."""
