"""Geodesics between ends, from a velocity, and what is carried along them."""
