"""Models whose code has two parts, specified and unspecified, and their baselines."""
