"""From what the runs of every seed measured to a verdict on each claim."""
