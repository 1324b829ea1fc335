"""Data sets that code makes, from a fixed seed."""
