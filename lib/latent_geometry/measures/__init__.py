"""Instruments: one a file, named by what it measures, each taken of any metric on any points."""
