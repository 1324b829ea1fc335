"""The parameter panel: a form, its runs in the background, earlier runs, and sweeps."""
