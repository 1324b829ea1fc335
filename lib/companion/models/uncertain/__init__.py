"""Models whose decoder also has a standard deviation."""
