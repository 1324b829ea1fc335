"""Geodesics between ends and from a velocity, distances, and other ways from one point to another."""
