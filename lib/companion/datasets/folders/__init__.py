"""Data sets that are read from the reader's own copy."""
