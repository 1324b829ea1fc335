"""What a run measures, draws and leaves on the disk: the part of the ledger that a notebook runs on."""
