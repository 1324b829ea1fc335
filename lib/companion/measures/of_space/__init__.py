"""Measures of a latent space, all read off one survey of its codes."""
