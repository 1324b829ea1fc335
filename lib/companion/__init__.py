"""The workings of the book: data sets, models, training, the ledger of claims, figures, widgets, chapters."""
